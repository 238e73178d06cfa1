import type { EchoProtocol, PortProtocol } from '../tuple/protocol.ts';

/** One knock of a sequence. */
export type Step = PortStep | EchoStep;

/** A first packet to a port. */
export interface PortStep {
  readonly protocol: PortProtocol;
  readonly port: number;
}

/** An echo request, as `ping` sends it. */
export interface EchoStep {
  readonly protocol: EchoProtocol;
  /** Bytes of its data (`ping -s`); undefined: any number. */
  readonly size?: number;
}

export function isPortStep(step: Step): step is PortStep {
  return step.protocol === 'tcp' || step.protocol === 'udp';
}

/** `7000:tcp`, `icmp`, `icmp6:64` */
export function stepText(step: Step): string {
  if (isPortStep(step)) return `${step.port}:${step.protocol}`;
  return step.size === undefined ? step.protocol : `${step.protocol}:${step.size}`;
}
