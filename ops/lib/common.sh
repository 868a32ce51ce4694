# Shared by ops/run and ops/test; sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
jobs=$(nproc)

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    fail "packages are missing and this is neither root nor sudo: run '$*' as root"
  fi
}

# Names the packages of these purposes (see ops/lib/packages) that are not installed.
missing_packages() {
  local purpose name
  while read -r purpose name; do
    case " $* " in
      *" $purpose "*) ;;
      *) continue ;;
    esac
    dpkg-query -W -f='${db:Status-Status}\n' "$name" 2> /dev/null | grep -qx installed || echo "$name"
  done < <(grep -v -e '^#' -e '^$' "$root/ops/lib/packages")
}

# Installs what is missing of these purposes and says so; silent and quick if nothing is.
install_packages() {
  command -v dpkg-query > /dev/null || fail "this installs Debian packages; this is not Debian"
  local missing
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 -- the names are words.
  echo "Installing with apt-get, as they are missing here:" $missing
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update < /dev/null
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
    $missing < /dev/null > /dev/null
}

# Configures build/NAME. The first configuring decides; later ones only refresh.
configure_tree() {
  local name=$1
  local settings=()
  case $name in
    release) settings=(-DCMAKE_BUILD_TYPE=Release) ;;
    asan) settings=(-DCMAKE_BUILD_TYPE=None -DLAUREL_SANITIZE=address,undefined) ;;
    tsan) settings=(-DCMAKE_BUILD_TYPE=None -DLAUREL_SANITIZE=thread) ;;
    clang) settings=(-DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER=clang++-14 -DLAUREL_FUZZ=ON) ;;
    *) fail "no build tree is called '$name'" ;;
  esac
  cmake -S "$root" -B "$root/build/$name" -G Ninja "${settings[@]}" > /dev/null
}

# Builds targets of a tree: build_tree NAME TARGET... A dry run cannot tell whether there is work:
# ninja looks for new files first, and on a fresh tree sees nothing else.
build_tree() {
  local name=$1
  shift
  configure_tree "$name"
  ninja -C "$root/build/$name" -j "$jobs" -k 0 "$@"
}
