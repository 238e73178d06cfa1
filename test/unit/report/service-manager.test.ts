import { describe, expect, it } from 'vitest';
import { takeServiceManager } from '../../../src/report/service-manager.ts';

describe('the service manager of the environment', () => {
  it('is taken out of it, with the time it wants to hear from us in', () => {
    const environment = {
      NOTIFY_SOCKET: '/nowhere/notify',
      WATCHDOG_USEC: '30000000',
      WATCHDOG_PID: String(process.pid),
      PATH: '/bin',
    };
    const manager = takeServiceManager(environment);
    expect(environment).toEqual({ PATH: '/bin' });
    expect(manager.beatMs).toBe(15_000);
    manager.ready('nobody listens'); // and nobody minds
  });

  it('wants no beats of us where another process was meant, or none was', () => {
    expect(takeServiceManager({ WATCHDOG_USEC: '1000000', WATCHDOG_PID: '1' }).beatMs).toBe(
      undefined,
    );
    expect(takeServiceManager({ WATCHDOG_USEC: '0' }).beatMs).toBe(undefined);
    expect(takeServiceManager({}).beatMs).toBe(undefined);
  });
});
