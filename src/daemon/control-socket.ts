import { ControlServer, ControlSocketError } from '../control/server.ts';
import { controlActions, type Controlled } from './control-actions.ts';
import { groupId } from './group-id.ts';

/** The control socket that the configuration asks for. Without it the daemon still does its work. */
export async function listenForControl(
  daemon: Controlled,
  say: (line: string) => void,
): Promise<ControlServer | undefined> {
  const { controlSocket: path, controlGroup } = daemon.configuration().options;
  if (path === undefined) return undefined;
  const group = groupId(controlGroup ?? 'postern');
  if (group === undefined && controlGroup !== undefined) say(`no group is called ${controlGroup}`);
  try {
    return await ControlServer.listen({ path, groupId: group, actions: controlActions(daemon) });
  } catch (error) {
    if (!(error instanceof ControlSocketError)) throw error;
    say(error.message);
    return undefined;
  }
}
