import { describe, expect, it } from 'vitest';
import { isUnderstood } from '../../../../src/config/convert/access-rule.ts';
import { readCommand } from '../../../../src/config/convert/read-command.ts';
import { shellWords } from '../../../../src/config/convert/shell-words.ts';
import { portsText } from '../../../../src/door/ports-text.ts';

const NFT = 'nft add rule inet filter input';
const RICH = 'rule family="ipv4" source address="%IP%"';

/** `add tcp/22 4`, or the reason. */
function read(command: string): string {
  const reading = readCommand(command);
  if (!isUnderstood(reading)) return reading.reason;
  const { action, ports, families, seconds } = reading;
  const text = `${action} ${portsText(ports).replaceAll(' ', '')} ${families.join('')}`;
  return seconds === undefined ? text : `${text} for ${seconds}`;
}

describe('a firewall command that lets a knocker in', () => {
  it.each([
    ['iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT', 'add tcp/22 4'],
    ['/sbin/iptables -I INPUT 1 -s %IP% -p tcp --dport 22 -j ACCEPT # first', 'add tcp/22 4'],
    [
      'sudo iptables -w 5 -t filter -I INPUT --source=%IP%/32 -p udp -m udp --dport 60000:61000 -j ACCEPT',
      'add udp/60000-61000 4',
    ],
    [
      'iptables -D INPUT -s %IP% -p tcp -m multiport --dports 80,443 -j ACCEPT',
      'remove tcp/80,tcp/443 4',
    ],
    [
      'iptables -I INPUT -m state --state NEW,ESTABLISHED -s %IP% -p tcp --dport ssh -j ACCEPT',
      'add tcp/22 4',
    ],
    [
      `iptables -A INPUT -s '%IP%' -p tcp --syn --dport 22 -m comment --comment "by knock" -j ACCEPT`,
      'add tcp/22 4',
    ],
    ['ip6tables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT', 'add tcp/22 6'],
    [`${NFT} ip saddr %IP% tcp dport 22 accept`, 'add tcp/22 4'],
    [
      `${NFT} ip6 saddr %IP% udp dport { 53, 60000-61000 } ct state new counter accept`,
      'add udp/53,udp/60000-61000 6',
    ],
    [
      `nft insert rule ip filter INPUT position 3 tcp dport ssh ip saddr %IP% accept comment "x"`,
      'add tcp/22 4',
    ],
    [
      `nft delete rule inet filter input handle $(nft -a list chain inet filter input | grep "%IP%" | awk '{print $NF}')`,
      'remove  46',
    ],
    ['ufw allow from %IP% to any port 22', 'add tcp/22,udp/22 46'],
    [
      '/usr/sbin/ufw --force delete allow proto tcp from %IP% to any port 22,80',
      'remove tcp/22,tcp/80 46',
    ],
    [
      'ufw insert 1 allow in from %IP% to any port 60000:61000 proto udp comment knock',
      'add udp/60000-61000 46',
    ],
    [
      `firewall-cmd --zone=public --add-rich-rule='${RICH} port port="2222" protocol="tcp" accept'`,
      'add tcp/2222 4',
    ],
    [`firewall-cmd -q --remove-rich-rule '${RICH} service name="ssh" accept'`, 'remove tcp/22 4'],
    [
      `firewall-cmd --zone=public --add-rich-rule="rule family="ipv4" source address="%IP%" service name="ssh" accept"`,
      'add tcp/22 4',
    ],
    [
      `firewall-cmd --timeout=2m --add-rich-rule='rule family=ipv6 source address=%IP% port port=60000-61000 protocol=udp accept'`,
      'add udp/60000-61000 6 for 120',
    ],
    ['/usr/local/sbin/knock_add -i -c INPUT -p tcp -d 443 -f %IP%', 'add tcp/443 4'],
    ['knock_helper_ipt.sh -x -f %IP% -d 443 -p tcp -c INPUT -m "knockd - web"', 'remove tcp/443 4'],
  ])('is read: %s', (command, meaning) => {
    expect(read(command)).toBe(meaning);
  });

  it.each([
    ['iptables -A INPUT -p tcp --dport 22 -j ACCEPT', /knocker/],
    ['iptables -A INPUT -s %IP%/24 -p tcp --dport 22 -j ACCEPT', /knocker/],
    ['iptables -A INPUT -s %IP% -j ACCEPT', /all ports/],
    ['iptables -A INPUT -s %IP% -p tcp --dport 22 -j LOG_ACCEPT', /else than to accept/],
    ['iptables -A INPUT ! -s %IP% -p tcp --dport 22 -j ACCEPT', /"!" is more/],
    ['iptables -A INPUT -s %IP% -p tcp -i eth1 --dport 22 -j ACCEPT', /"-i" is more/],
    ['iptables -A INPUT -s %IP% -p tcp --dport 22 -m limit --limit 1/s -j ACCEPT', /"-m limit"/],
    [
      'iptables -A INPUT -s %IP% -p tcp --dport 22 -m state --state ESTABLISHED -j ACCEPT',
      /ESTABLISHED/,
    ],
    ['iptables -A INPUT -s %IP% -p sctp --dport 22 -j ACCEPT', /"-p sctp"/],
    ['iptables -A INPUT -s %IP% -p tcp --dport 70000 -j ACCEPT', /ports are not/],
    ['iptables -A INPUT -s %IP% -p tcp --dport nosuch -j ACCEPT', /ports are not/],
    ['iptables -t nat -A PREROUTING -s %IP% -p tcp --dport 22 -j ACCEPT', /"-t nat"/],
    ['iptables -A FORWARD -s %IP% -p tcp --dport 22 -j ACCEPT', /FORWARD is another way/],
    ['iptables -D INPUT 1', /rule 1, whichever/],
    ['iptables -A INPUT -s %IP% -p tcp --dport 22 -j', /"-j" is more/],
    ['iptables', /neither adds/],
    ['iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT; touch x', /more than one/],
    ['iptables -A INPUT -s $(echo %IP%) -p tcp --dport 22 -j ACCEPT', /more than one/],
    [`${NFT} tcp dport 22 accept`, /knocker/],
    [`${NFT} ip saddr %IP% accept`, /all ports/],
    [`${NFT} ip saddr %IP% tcp dport 22 drop`, /"drop" is more/],
    [`${NFT} ip saddr %IP% iifname eth0 tcp dport 22 accept`, /"iifname eth0/],
    [`${NFT} ip saddr %IP% tcp dport != 22 accept`, /"tcp dport != 22/],
    ['nft add rule inet filter forward ip saddr %IP% tcp dport 22 accept', /chain forward/],
    ['nft add element inet filter knock_allowed { %IP% }', /set is for/],
    [
      `nft delete rule inet filter input handle $(nft -a list chain inet filter other | grep "%IP%" | cat)`,
      /another chain/,
    ],
    [
      `nft delete rule inet filter input handle $(nft -a list chain inet filter input | grep %IP% | cat); reboot`,
      /more than one/,
    ],
    ['ufw allow 22', /knocker|more/],
    ['ufw allow from %IP%', /all ports/],
    ['ufw allow from %IP% port 5 to any port 22', /"from port 5"/],
    ['ufw allow from %IP% to 192.0.2.1 port 22', /"to 192.0.2.1"/],
    ['ufw allow in on eth0 from %IP% to any port 22', /"on" is more/],
    ['ufw limit from %IP% to any port 22', /else than to accept/],
    [
      `firewall-cmd --permanent --add-rich-rule='${RICH} port port="22" protocol="tcp" accept'`,
      /--permanent/,
    ],
    [
      `firewall-cmd --add-rich-rule='${RICH} port port="22" protocol="tcp" log accept'`,
      /else than/,
    ],
    [`firewall-cmd --add-rich-rule='${RICH} accept'`, /all ports/],
    ['firewall-cmd --add-port=22/tcp', /--add-port/],
    ['knock_helper_ipt.sh -t -i -f %IP% -d 443 -p tcp -c INPUT', /"-t" is more/],
    ['/root/open.sh %IP%', /open.sh is no firewall program/],
    ['', /no firewall program/],
  ])('is left alone where it is more than that: %s', (command, reason) => {
    expect(read(command)).toMatch(reason);
  });
});

describe('the words of a command', () => {
  it.each([
    ['a  b\tc', ['a', 'b', 'c']],
    [`a 'b c' "d e"f`, ['a', 'b c', 'd ef']],
    [`a "b"c"d" ''`, ['a', 'bcd', '']],
    ['a # b', ['a']],
    ['a#b', ['a#b']],
    ['a\\ b', ['a b']],
    [String.raw`"a\"b\c"`, [String.raw`a"b\c`]],
    [`'a\\'`, ['a\\']],
    ['a; b', undefined],
    ['a && b', undefined],
    ['a $B', undefined],
    ['"$B"', undefined],
    ["'$B'", ['$B']],
    ['a > b', undefined],
    ['`a`', undefined],
    ['a*', undefined],
    ["'a", undefined],
    ['a\\', undefined],
  ])('%j are %j', (command, words) => {
    expect(shellWords(command)).toEqual(words);
  });
});
