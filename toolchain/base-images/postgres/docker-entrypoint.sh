#!/bin/bash
# The first start makes the database cluster as the public image does; each start then runs the
# server as the user postgres.
set -Eeo pipefail

# NAME_FILE names a file with the value (a mounted secret).
value_or_file() {
  local name=$1 file="${1}_FILE"
  if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
    echo "error: both $name and $file are set" >&2
    exit 1
  fi
  if [ -n "${!file:-}" ]; then export "$name"="$(<"${!file}")"; fi
  unset "$file"
}

prepare_folders() {
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  find "$PGDATA" \! -user postgres -exec chown postgres:postgres '{}' +
}

require_password() {
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    echo "error: the database is new and there is no superuser password: set POSTGRES_PASSWORD" >&2
    exit 1
  fi
}

create_cluster() {
  local password
  password=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
  eval "initdb --username=\"\$POSTGRES_USER\" --encoding=UTF8 --locale=C.UTF-8 \
    ${POSTGRES_PASSWORD:+--pwfile=\"\$password\"} $POSTGRES_INITDB_ARGS"
  rm -f "$password"
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

run_sql() {
  PGHOST=$socket psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" "$@"
}

# The server of the set-up has a socket of its own: pg_isready must not say yes before the end.
fill_cluster() {
  local socket
  socket=$(mktemp -d)
  pg_ctl -D "$PGDATA" -w start -o "-c listen_addresses='' -c unix_socket_directories='$socket'"
  if [ "$POSTGRES_DB" != postgres ]; then
    run_sql --dbname postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  fi
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) PGHOST=$socket bash "$file" ;;
      *.sql) run_sql --dbname "$POSTGRES_DB" -f "$file" ;;
      *.sql.gz) gunzip -c "$file" | run_sql --dbname "$POSTGRES_DB" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  rm -rf "$socket"
}

if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi

if [ "$1" = postgres ]; then
  if [ "$(id -u)" = 0 ]; then
    prepare_folders
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$BASH_SOURCE" "$@"
  fi
  value_or_file POSTGRES_PASSWORD
  value_or_file POSTGRES_USER
  value_or_file POSTGRES_DB
  export POSTGRES_USER="${POSTGRES_USER:-postgres}"
  export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    require_password
    create_cluster
    fill_cluster
  fi
fi

exec "$@"
