#!/bin/sh
# As the public image: scripts in /docker-entrypoint.d, and templates filled in from the environment.
set -e

if [ "$1" = nginx ]; then
  for script in /docker-entrypoint.d/*; do
    case "$script" in
      *.envsh) if [ -x "$script" ]; then . "$script"; fi ;;
      *.sh) if [ -x "$script" ]; then "$script"; fi ;;
    esac
  done
  # Only names that are set: nginx's own variables look the same and must stay.
  names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')
  for template in /etc/nginx/templates/*.template; do
    if [ -f "$template" ]; then
      envsubst "$names" <"$template" >"/etc/nginx/conf.d/$(basename "$template" .template)"
    fi
  done
fi

exec "$@"
