#!/usr/bin/env bash
# Sees to a Docker with compose 2 and the images that deploy/compose.yaml names: those that are here, or a registry's. Where there is neither
# and we are root, a script makes stand-ins of Debian's packages: $TIERCEL_OFFLINE_IMAGES, beside the repository unless it is named.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

NATS=nats:2.15-alpine
IMAGES=("$NATS" redis:7-bookworm node:20-bookworm-slim)
OFFLINE="${TIERCEL_OFFLINE_IMAGES:-../shared/tools/make-offline-images.sh}"

runs() { docker compose version && docker info; }
has() { for image in "${IMAGES[@]}"; do docker image inspect "$image" || timeout 120 docker pull "$image" || return 1; done; }

if ! { runs && has; } >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && [ -f "$OFFLINE" ]; then
  bash "$OFFLINE" || exit 1
  # the stand-in is as new as Debian's package
  docker image inspect "$NATS" >/dev/null 2>&1 || docker tag "$(docker images nats --format '{{.Repository}}:{{.Tag}}' | grep alpine | head -1)" "$NATS"
fi
{ runs && has; } >/dev/null 2>&1 && exit 0
echo "the compose tests need Docker with compose 2, and ${IMAGES[*]}" >&2
exit 1
