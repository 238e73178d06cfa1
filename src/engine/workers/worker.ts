import { parentPort, workerData } from 'node:worker_threads';
import { WorkerLoop } from './worker-loop.ts';
import type { Order, WorkerTask } from './messages.ts';

const loop = new WorkerLoop(workerData as WorkerTask, parentPort!);
parentPort!.on('message', (order: Order) => loop.follow(order));
