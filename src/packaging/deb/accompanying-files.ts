import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Assets } from '../assets.ts';
import { PLACES } from '../places.ts';
import { MAINTAINER } from './control.ts';
import { copyrightText } from './copyright.ts';
import { file, type Entry } from './entry.ts';
import type { Source } from './source.ts';

const DOCUMENTS = '/usr/share/doc/postern';
const PAGES = { postern: 8, knockd: 8, knock: 1, 'knockd.conf': 5 } as const;
const PROGRAMS = ['postern', 'knockd', 'knock'] as const;

/** Units, pages, completions, documents, and what the first installation lays down in /etc. */
export function accompanyingFiles(source: Source, assets: Assets): Entry[] {
  const { root } = source;
  const asset = (...words: readonly string[]): string => assets.get(words.join(' '))!();
  const pages = Object.entries(PAGES).map(([name, section]) =>
    file(`/usr/share/man/man${section}/${name}.${section}.gz`, zipped(asset('man', name))),
  );
  const completions = PROGRAMS.flatMap((name) => [
    file(`/usr/share/bash-completion/completions/${name}`, asset('completion', 'bash', name)),
    file(`/usr/share/zsh/vendor-completions/_${name}`, asset('completion', 'zsh', name)),
    file(`/usr/share/fish/vendor_completions.d/${name}.fish`, asset('completion', 'fish', name)),
  ]);
  const documents = readdirSync(join(root, 'docs')).map((name) =>
    file(`${DOCUMENTS}/${name}`, readFileSync(join(root, 'docs', name))),
  );
  return [
    file(`${PLACES.units}/postern.service`, asset('unit')),
    file(`${PLACES.units}/knockd.service`, asset('classic-unit')),
    file(`${PLACES.units}/postern-guard.service`, asset('guard-unit')),
    ...pages,
    ...completions,
    ...documents,
    file(`${DOCUMENTS}/README.md`, readFileSync(join(root, 'README.md'))),
    file(`${DOCUMENTS}/copyright`, copyrightText(root)),
    file(`${DOCUMENTS}/changelog.gz`, zipped(readFileSync(join(root, 'CHANGELOG.md')))),
    file(`${DOCUMENTS}/changelog.Debian.gz`, zipped(changelog(source))),
    file('/usr/share/postern/knockd.conf', asset('sample')),
    file('/usr/share/postern/knockd', asset('defaults')),
    file('/etc/logrotate.d/postern', LOGROTATE),
  ];
}

function zipped(content: string | Uint8Array): Uint8Array {
  return gzipSync(content, { level: 9 });
}

function changelog({ version, epoch }: Source): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return [
    `postern (${version}) unstable; urgency=medium`,
    '',
    '  * See changelog.gz.',
    '',
    ` -- ${MAINTAINER}  ${date}`,
    '',
  ].join('\n');
}

const LOGROTATE = `${PLACES.logs}/*.log {
	weekly
	rotate 8
	compress
	delaycompress
	missingok
	notifempty
	su postern postern
	postrotate
		if [ -d /run/systemd/system ]; then systemctl reload postern.service; fi
	endscript
}
`;
