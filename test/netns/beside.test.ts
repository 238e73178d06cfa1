import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, Daemon } from '../support/daemon.ts';
import { netns, noNetns } from '../support/netns.ts';

const DOOR = `[ssh]
 sequence = 7000,8000
 tcpflags = syn
 open = tcp/22`;

const MARK = ' mark = 0x10000000';
const BITS = '0x10000000/0x10000000';

/** Rulesets as others leave them, and the line that lets grants through each. */
const RULESETS = [
  {
    what: 'a policy of nftables',
    commands: [
      'nft add table inet own',
      'nft add chain inet own in { type filter hook input priority 0 ; policy drop ; }',
    ],
    line: "nft insert rule inet own in 'meta mark & 0x10000000 != 0 accept'",
    remedy: ['nft', 'insert rule inet own in meta mark & 0x10000000 != 0 accept'],
  },
  {
    what: 'a last rule like that of firewalld',
    commands: [
      'nft add table inet firewalld',
      'nft add chain inet firewalld filter_INPUT { type filter hook input priority 10 ; policy accept ; }',
      'nft add rule inet firewalld filter_INPUT ct state established accept',
      'nft add rule inet firewalld filter_INPUT reject with icmpx admin-prohibited',
    ],
    line: "nft insert rule inet firewalld filter_INPUT 'meta mark & 0x10000000 != 0 accept' (again after each firewall-cmd --reload)",
    remedy: ['nft', 'insert rule inet firewalld filter_INPUT meta mark & 0x10000000 != 0 accept'],
  },
  {
    what: 'a policy of iptables',
    commands: ['iptables -P INPUT DROP'],
    line: `iptables -I INPUT -m mark --mark ${BITS} -j ACCEPT`,
    remedy: `iptables -I INPUT -m mark --mark ${BITS} -j ACCEPT`.split(' '),
  },
  {
    what: 'chains like those of ufw',
    commands: [
      'iptables -N ufw-before-input',
      'iptables -A INPUT -j ufw-before-input',
      'iptables -P INPUT DROP',
    ],
    line: `in /etc/ufw/before.rules, above COMMIT: -A ufw-before-input -m mark --mark ${BITS} -j ACCEPT`,
    remedy: `iptables -A ufw-before-input -m mark --mark ${BITS} -j ACCEPT`.split(' '),
  },
];

describe.skipIf(noNetns)('rules beside ours', () => {
  it.each(RULESETS)('says which line lets grants past $what, until it is there', async (one) => {
    await using net = await netns();
    for (const command of one.commands) {
      // nft takes its words as they come; a shell would not.
      net.server.run(command.split(' '));
    }
    {
      await using daemon = await Daemon.start(net.server, { doors: DOOR, options: MARK });
      expect(
        daemon.said.filter((line) => line.includes(`To let grants through: ${one.line}`)),
      ).toHaveLength(1);
      daemon.process.kill('SIGTERM');
      await daemon.ended;
      net.server.run(one.remedy);
      const checked = net.server.run([
        'node',
        join(CLI, 'main.js'),
        'check',
        '--live',
        '-c',
        daemon.configFile,
      ]);
      expect(checked).toContain('no chain of another table stands in the way');
    }
  });

  it('says nothing of chains that do not drop, nor of those for what is forwarded', async () => {
    await using net = await netns();
    net.server.run(['iptables', '-P', 'FORWARD', 'DROP']);
    net.server.nft(
      'table inet own { chain in { type filter hook input priority 0; policy accept; tcp dport 9 drop; }; }',
    );
    await using daemon = await Daemon.start(net.server, { doors: DOOR });
    expect(daemon.said.join('\n')).not.toContain('let grants through');
  });

  /** Rulesets that let the door's port in by themselves, though they drop all else; and one rule that spoils it. */
  const OPEN = [
    {
      what: 'nftables with a set of ports',
      commands: [
        'nft add table inet own',
        'nft add chain inet own in { type filter hook input priority 0 ; policy drop ; }',
        'nft add rule inet own in iif lo accept',
        'nft add rule inet own in ct state established,related accept',
        'nft add rule inet own in ct state invalid drop',
        'nft add rule inet own in tcp dport { 22, 80, 100-200 } ct state new accept',
      ],
      spoil: 'nft insert rule inet own in tcp dport 1-100 drop',
    },
    {
      what: 'zones like those of firewalld',
      commands: [
        'nft add table inet firewalld',
        'nft add chain inet firewalld filter_INPUT { type filter hook input priority 10 ; }',
        'nft add chain inet firewalld allow',
        'nft add rule inet firewalld allow tcp dport 22 accept',
        'nft add chain inet firewalld public',
        'nft add rule inet firewalld public jump allow',
        'nft add chain inet firewalld zones',
        'nft add rule inet firewalld zones goto public',
        'nft add rule inet firewalld filter_INPUT ct state invalid drop',
        'nft add rule inet firewalld filter_INPUT jump zones',
        'nft add rule inet firewalld filter_INPUT reject with icmpx admin-prohibited',
      ],
      spoil: 'nft flush chain inet firewalld allow',
    },
    {
      what: 'iptables with several ports',
      commands: [
        'iptables -A INPUT -m conntrack --ctstate INVALID -j DROP',
        'iptables -A INPUT -p tcp -m multiport --dports 80,20:25 -m comment --comment ours -j ACCEPT',
        'iptables -P INPUT DROP',
      ],
      spoil: 'iptables -I INPUT ! -s 10.0.0.0/8 -j DROP',
    },
    {
      what: 'chains like those of ufw',
      commands: [
        'iptables -N ufw-not-local',
        'iptables -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN',
        'iptables -A ufw-not-local -m limit --limit 3/min -j LOG',
        'iptables -A ufw-not-local -j DROP',
        'iptables -N ufw-user-input',
        'iptables -A ufw-user-input -p tcp --dport 22 -j ACCEPT',
        'iptables -N ufw-before-input',
        'iptables -A ufw-before-input -i lo -j ACCEPT',
        'iptables -A ufw-before-input -m state --state RELATED,ESTABLISHED -j ACCEPT',
        'iptables -A ufw-before-input -j ufw-not-local',
        'iptables -A ufw-before-input -j ufw-user-input',
        'iptables -A INPUT -j ufw-before-input',
        'iptables -P INPUT DROP',
      ],
      spoil: 'iptables -D ufw-user-input -p tcp --dport 22 -j ACCEPT',
    },
  ];

  it.each(OPEN)(
    'says nothing of $what that let the port in, until they do no more',
    async (one) => {
      await using net = await netns();
      for (const command of one.commands) net.server.run(command.split(' '));
      await using daemon = await Daemon.start(net.server, { doors: DOOR, options: MARK });
      expect(daemon.said.join('\n')).not.toContain('let grants through');
      net.server.run(one.spoil.split(' '));
      const live = [join(CLI, 'main.js'), 'check', '--live', '-c', daemon.configFile];
      const [file, args] = net.server.enter([process.execPath, ...live]);
      expect(spawnSync(file, args, { encoding: 'utf8' }).stdout).toContain('To let grants through');
    },
  );

  it('names the mark to set where the file has none, and Docker’s chain for what is forwarded', async () => {
    await using net = await netns({ backend: true });
    for (const command of [
      'iptables -N DOCKER-USER',
      'iptables -I FORWARD -j DOCKER-USER',
      'iptables -P FORWARD DROP',
    ])
      net.server.run(command.split(' '));
    const doors = `${DOOR} -> 10.78.0.5:22`;
    await using daemon = await Daemon.start(net.server, { doors });
    const said = daemon.said.join('\n');
    expect(said).toContain(
      `mark = 0x10000000 in [options], and then iptables -I DOCKER-USER -m mark --mark ${BITS} -j ACCEPT`,
    );
    expect(said).toContain('the kernel tracks all connections of this host from now on');
  });
});
