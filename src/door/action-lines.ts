import { effectText, type Action } from './action.ts';
import type { Door } from './door.ts';

/** What a right knock at a door sets going besides, and what it can choose, as lines. */
export function actionLines({ actions = [], offers = [] }: Door): string[] {
  return [
    ...actions.map((action) => `then ${actionText(action)}`),
    ...offers.map(({ name, actions: chosen }, at) => {
      return `offers ${at + 1}, ${name}: ${chosen.map(actionText).join('; ')}`;
    }),
  ];
}

function actionText({ delaySeconds, effect }: Action): string {
  return `${delaySeconds === 0 ? '' : `after ${delaySeconds}s `}${effectText(effect)}`;
}
