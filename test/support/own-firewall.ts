import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Namespace } from './netns.ts';

export type FirewallTool = 'iptables' | 'nft' | 'ufw' | 'firewall-cmd';

/** ufw and firewalld, unpacked by .ci/firewalls-layer. */
const LAYER = resolve(import.meta.dirname, '../../build/firewalls');

/** Why a tool can't be tried out here; undefined if it can. */
export function noFirewall(tool: FirewallTool): string | undefined {
  if (tool === 'iptables' || tool === 'nft') return undefined;
  if (process.getuid?.() !== 0) return 'a layer over the root is laid by root alone';
  return existsSync(LAYER) ? undefined : 'no ufw and firewalld: bash .ci/firewalls-layer';
}

/**
 * The firewall of an administrator who shuts all that nothing lets in, but for ICMP, established
 * connections, and packets that bear this mark.
 */
export async function shutAll(
  tool: FirewallTool,
  namespace: Namespace,
  mark: string,
): Promise<OwnFirewall> {
  const { isLayered = false, steps } = FIREWALLS[tool];
  const firewall = await OwnFirewall.create(namespace, isLayered);
  for (const { service, script } of steps) {
    if (service !== undefined) firewall.start(service);
    if (script !== undefined) firewall.run(script.replaceAll('MARK', mark));
  }
  return firewall;
}

/** A tool with its rules in a namespace; what it keeps on the machine lies in a layer that goes with it. */
export class OwnFirewall implements Disposable {
  /** The command that runs another one where the tool and its files are. */
  readonly by: readonly string[];
  readonly #namespace: Namespace;
  readonly #folder: string | undefined;

  private constructor(namespace: Namespace, by: readonly string[], folder?: string) {
    this.#namespace = namespace;
    this.by = by;
    this.#folder = folder;
  }

  static async create(namespace: Namespace, isLayered: boolean): Promise<OwnFirewall> {
    if (!isLayered) return new OwnFirewall(namespace, []);
    const folder = mkdtempSync(join(tmpdir(), 'postern-layer-'));
    const holder = namespace.spawn(['unshare', '-m', 'sh', '-c', LAY_OVER, 'sh', LAYER, folder]);
    await once(holder.stdout!, 'data');
    const by = ['nsenter', '-t', String(holder.pid), '-m', '--'];
    return new OwnFirewall(namespace, by, folder);
  }

  run(script: string): void {
    this.#namespace.run([...this.by, 'sh', '-ec', script]);
  }

  /** Starts what ends with the namespace. */
  start(script: string): void {
    this.#namespace.spawn([...this.by, 'sh', '-ec', script]);
  }

  [Symbol.dispose](): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }
}

/** Lays a layer over the root's folders that takes all changes, and holds it until its input ends. */
const LAY_OVER = `
set -e
mount -t tmpfs tmpfs "$2"
for part in usr etc var; do
  mkdir -p "$2/$part/up" "$2/$part/work" "$2/$part/none"
  layer=$1/$part
  [ -d "$layer" ] || layer=$2/$part/none
  over="lowerdir=$layer:/$part,upperdir=$2/$part/up,workdir=$2/$part/work"
  mount -t overlay overlay -o "$over" "/$part"
done
mount -t tmpfs tmpfs /run
echo ready
exec cat >/dev/null
`;

/** firewall-cmd speaks to firewalld by the system's bus, which is one of its own here. */
const BUS = `
mkdir /run/dbus
cat >/run/dbus/system.conf <<'END'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy user="root">
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
END
exec dbus-daemon --config-file=/run/dbus/system.conf --nofork >/run/dbus/said 2>&1`;

const IPTABLES = ['iptables', 'ip6tables'].map(
  (tool) => `
${tool} -P INPUT DROP
${tool} -A INPUT -p ${tool === 'iptables' ? 'icmp' : 'icmpv6'} -j ACCEPT
${tool} -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
${tool} -A INPUT -m mark --mark MARK/MARK -j ACCEPT`,
);

const NFT = `nft -f - <<'END'
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept; meta l4proto ipv6-icmp accept;
    meta mark & MARK != 0 accept
  }
}
END`;

/** What the package's own script does on installation, and the line of docs/migrating-from-knockd.md. */
const UFW = `
cp /usr/share/ufw/iptables/*.rules /usr/share/ufw/*.init /usr/share/ufw/ufw.conf /etc/ufw
chmod 640 /etc/ufw/*.rules
for six in '' 6; do
  line="-A ufw\${six}-before-input -m mark --mark MARK/MARK -j ACCEPT"
  sed -i "s|^COMMIT|$line\\nCOMMIT|" "/etc/ufw/before$six.rules"
done
ufw --force enable`;

/** The zone that the corpus has, for the server's interface. */
const ZONE = `
firewall-offline-cmd --new-zone=management
firewall-offline-cmd --zone=management --set-target=DROP
firewall-offline-cmd --zone=management --add-protocol=ipv6-icmp
firewall-offline-cmd --zone=management --add-interface=srv0
until [ -S /run/dbus/system_bus_socket ]; do sleep 0.05; done`;

/** The line that the daemon names at its start. */
const FIREWALLD = `
until firewall-cmd --state; do sleep 0.1; done
nft insert rule inet firewalld filter_INPUT 'meta mark & MARK != 0 accept'`;

/** How a firewall comes to be: services that go on, and scripts that end, in their order. */
interface FirewallSetUp {
  readonly isLayered?: boolean;
  readonly steps: readonly { readonly service?: string; readonly script?: string }[];
}

const FIREWALLS: Readonly<Record<FirewallTool, FirewallSetUp>> = {
  iptables: { steps: [{ script: IPTABLES.join('\n') }] },
  nft: { steps: [{ script: NFT }] },
  ufw: { isLayered: true, steps: [{ script: UFW }] },
  'firewall-cmd': {
    isLayered: true,
    steps: [
      { service: BUS, script: ZONE },
      { service: 'exec firewalld --nofork --nopid >/dev/null 2>&1', script: FIREWALLD },
    ],
  },
};
