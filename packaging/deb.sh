#!/usr/bin/env bash
# Makes a Debian package of a static binary; needs dpkg-deb.
#
#     packaging/deb.sh BINARY [OUT] [ARCHITECTURE]      # target/package, as this machine
set -euo pipefail
binary=$(realpath "$1")
mkdir -p "${2:-target/package}"
out=$(realpath "${2:-target/package}")
architecture=${3:-$(dpkg --print-architecture)}
cd "$(dirname "$0")/.."
version=$("$binary" --version | cut -d ' ' -f 2)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
packaging/extras.sh "$binary" "$work"
install -D -m 755 "$binary" "$tree/usr/bin/straykey"
install -D -m 644 "$work/completions/straykey.bash" "$tree/usr/share/bash-completion/completions/straykey"
install -D -m 644 "$work/completions/_straykey" "$tree/usr/share/zsh/vendor-completions/_straykey"
install -D -m 644 "$work/completions/straykey.fish" "$tree/usr/share/fish/vendor_completions.d/straykey.fish"
for page in "$work"/man/*.1; do
    install -d "$tree/usr/share/man/man1"
    gzip -n9 <"$page" >"$tree/usr/share/man/man1/$(basename "$page").gz"
done
install -D -m 644 LICENSE "$tree/usr/share/doc/straykey/copyright"
# A binary that is not static needs the C library; a static one needs nothing.
depends=
if ldd "$binary" 2>/dev/null | grep -q 'libc\.so'; then depends="Depends: libc6, libgcc-s1"; fi
install -d "$tree/DEBIAN"
{
    cat <<END
Package: straykey
Version: $version
Architecture: $architecture
Maintainer: straykey contributors <straykey@users.noreply.github.com>
Section: utils
Priority: optional
Homepage: https://github.com/straykey/straykey
Installed-Size: $(du -ks "$tree/usr" | cut -f 1)
END
    if [ -n "$depends" ]; then echo "$depends"; fi
    cat <<END
Recommends: git
Description: finds signing keys that strayed out of the KMS
 Parses every key it meets in files and git histories, derives the public
 half, and looks it up in an inventory exported from the key management
 system. Works offline.
END
} >"$tree/DEBIAN/control"
find "$tree" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
chmod -R u+rwX,go+rX,go-w "$tree"
dpkg-deb --root-owner-group -Z"${DEB_COMPRESSION:-xz}" --build "$tree" "$out/straykey_${version}_$architecture.deb" >/dev/null
echo "$out/straykey_${version}_$architecture.deb"
