import { parentPort, workerData } from 'node:worker_threads';
import type { CaptureTask } from './capture-messages.ts';
import { CaptureShare } from './capture-share.ts';

await new CaptureShare(workerData as CaptureTask, parentPort!).run();
