import { PLACES, USER } from '../places.ts';

const { configuration, defaults, state, logs } = PLACES;

/** Files that knockd's package calls its own and would take along when it is purged. */
const TAKEN_OVER = `${configuration} ${defaults}`;

/** From here on they are ours, whatever becomes of knockd's package. */
const PREINST = `#!/bin/sh
set -e

case $1 in
install | upgrade)
  for file in ${TAKEN_OVER}; do
    dpkg-divert --quiet --package postern --no-rename --divert "$file.of-knockd" --add "$file"
  done
  ;;
esac
`;

/**
 * Not a conffile: dpkg would ask about every file that somebody has written for knockd. The first time that
 * knockd's unit is found in use, the unit that fits the file takes its place; without that, nothing is
 * turned on. What deb-systemd-helper knows of knockd's unit is forgotten, or purging knockd would turn off
 * ours.
 */
const POSTINST = `#!/bin/sh
set -e

[ "$1" = configure ] || exit 0

root=$DPKG_ROOT
links=/etc/systemd/system/multi-user.target.wants
helper=/var/lib/systemd/deb-systemd-helper-enabled

lay_down() {
  [ -e "$root$3" ] || [ -L "$root$3" ] ||
    install -m "$1" -g "$2" "$root/usr/share/postern/\${3##*/}" "$root$3"
}

# knockd's unit ran, whatever START_KNOCKD said, which only its init script read.
take_over() {
  sed -i 's/^START_KNOCKD=.*/START_KNOCKD=1/' ${defaults}
  unit=$(postern check --json -c ${configuration} | sed -n 's/.*"unit":"\\([a-z.]*\\)".*/\\1/p') || true
  unit=\${unit:-knockd.service}
  # Its flags are knockd's.
  ! grep -q '^[[:space:]]*KNOCKD_OPTS=.' ${defaults} || unit=knockd.service
  if [ "$unit" = postern.service ]; then
    chown root:${USER} ${configuration}
    chmod 0640 ${configuration}
  fi
  rm -f "$links/knockd.service"
  mkdir -p "$links" /etc/systemd/system/sysinit.target.wants
  ln -sf "${PLACES.units}/$unit" "$links/$unit"
  ln -sf ${PLACES.units}/postern-guard.service /etc/systemd/system/sysinit.target.wants/
  echo "postern: $unit takes the place of knockd's unit"
  started=$unit
}

# Of a root that is filled from outside, names are known in its own files alone.
entry() {
  if [ -n "$root" ]; then grep "^${USER}:" "$root/etc/$1"; else getent "$1" ${USER}; fi
}
entry passwd >/dev/null || useradd \${root:+--prefix "$root"} --system --user-group --no-create-home \\
  --home-dir ${state} --shell /usr/sbin/nologin ${USER}
lay_down 0640 "$(entry group | cut -d: -f3)" ${configuration}
lay_down 0644 root ${defaults}
started=
if [ -z "$2$root" ] && [ -L "$links/knockd.service" ]; then
  take_over
fi
rm -f "$root$helper/knockd.service.dsh-also" "$root$helper/multi-user.target.wants/knockd.service"

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload
  [ -z "$started" ] || deb-systemd-invoke start "$started" || true
  # The table stays in the kernel meanwhile, and so do the grants.
  [ -z "$2" ] || deb-systemd-invoke try-restart postern-guard.service postern.service knockd.service || true
fi
if [ -z "$2$started" ]; then
  echo "postern: nothing is turned on yet. Write ${configuration}, then: postern check"
fi
`;

/**
 * An upgrade stops nothing. A removal stops every daemon, since each would make the table again: the
 * units', and those started by hand, which hold a lock that has their number in it. A package that is
 * removed from a chroot, or from a root that is filled from outside, has no say in the kernel's rules,
 * which are the host's, unless a daemon of its own ran.
 */
const PRERM = `#!/bin/sh
set -e

[ "$1" = remove ] && [ -z "$DPKG_ROOT" ] || exit 0

is_ours=yes
! ischroot || is_ours=

if [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop postern.service knockd.service postern-guard.service || true
fi
for lock in ${state}/*.lock; do
  [ -e "$lock" ] || continue
  if ! flock -n "$lock" true; then
    kill "$(cat "$lock")" || true
    flock -w 20 "$lock" true || true
    is_ours=yes
  fi
done
if [ -n "$is_ours" ]; then
  postern remove-table || nft delete table inet postern 2>/dev/null || true
else
  echo 'postern: this is a chroot, so the table in the kernel is left to the host'
fi
`;

const POSTRM = `#!/bin/sh
set -e

system=$DPKG_ROOT/etc/systemd/system

if [ "$1" = remove ] || [ "$1" = disappear ]; then
  for file in ${TAKEN_OVER}; do
    dpkg-divert --quiet --package postern --no-rename --remove "$file"
  done
fi
if [ "$1" = purge ]; then
  rm -rf "$DPKG_ROOT${state}" "$DPKG_ROOT${logs}"
  for unit in postern knockd; do
    link=$system/multi-user.target.wants/$unit.service
    [ -e "$link" ] || rm -f "$link"
  done
  rm -f $system/sysinit.target.wants/postern-guard.service
  # Who went back to knockd keeps what is knockd's.
  if [ "$(dpkg-query -W -f '\${db:Status-Status}' knockd 2>/dev/null)" != installed ]; then
    for file in ${TAKEN_OVER}; do
      rm -f "$DPKG_ROOT$file"
    done
  fi
fi
if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload || true
fi
`;

export const MAINTAINER_SCRIPTS: Readonly<Record<string, string>> = {
  preinst: PREINST,
  postinst: POSTINST,
  prerm: PRERM,
  postrm: POSTRM,
};
