#!/bin/sh
set -e

case "$1" in
  -* | *.conf) set -- redis-server "$@" ;;
esac

# The public image is compiled without protected mode; Debian's refuses other hosts unless told.
allow_other_hosts() {
  case " $* " in
    *protected-mode* | *" --version "* | *" -v "* | *" --help "*) return 1 ;;
  esac
  ! { [ -f "$2" ] && grep -q '^[[:space:]]*protected-mode' "$2"; }
}

if [ "$1" = redis-server ]; then
  if allow_other_hosts "$@"; then set -- "$@" --protected-mode no; fi
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --init-groups -- "$0" "$@"
  fi
  umask 0077
fi

exec "$@"
