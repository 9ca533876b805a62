#!/bin/sh
# make deb: build/deb/openmdf_VERSION_ARCH.deb from what `make install` installs. Uses B, VERSION, MAKE; DEB_VERSION, where
# the package's version is to be another.
set -eu
pkg=mediation/pkg
out=$PWD/build/deb
root=$out/root
# as Debian compares versions: what comes after a tag is later than the tag
v=${DEB_VERSION:-$(echo "$VERSION" | tr '-' '+')}
arch=$(dpkg --print-architecture)
rm -rf "$root" "$out/debian"
mkdir -p "$root/DEBIAN" "$out/debian"
"${MAKE:-make}" --no-print-directory install install-units DESTDIR="$root" PREFIX=/usr SYSCONFDIR=/etc >/dev/null
rm -rf "$root/usr/include"	# no library comes with them
for f in mdfd lemfd; do install -d -m 0755 "$root/etc/$f"; done
install -m 0644 $pkg/mdfd.yaml "$root/etc/mdfd"
install -m 0644 $pkg/warrants.none.yaml "$root/etc/mdfd/warrants.yaml"	# nobody's example becomes a warrant
install -m 0644 $pkg/lemfd.conf "$root/etc/lemfd"
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root"/usr/bin/* "$root"/usr/sbin/*
find "$root/usr/share/man" -type f -exec gzip -9n {} +
doc=$root/usr/share/doc/openmdf
{
	echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
	echo 'Upstream-Name: OpenMDF'
	echo
	echo 'Files: *'
	echo 'Copyright: the authors of OpenMDF'
	printf 'License: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n'
} >"$doc/copyright"
rm -f "$doc/LICENSE"
printf 'openmdf (%s) unstable; urgency=medium\n\n  * Built from the sources of that version.\n\n -- OpenMDF maintainers <maintainers@openmdf.invalid>  %s\n' \
	"$v" "$(date -R -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}")" | gzip -9n >"$doc/changelog.gz"
# dpkg-shlibdeps wants a source package's control file beside it
printf 'Source: openmdf\n\nPackage: openmdf\nArchitecture: any\n' >"$out/debian/control"
depends=$(cd "$out" && dpkg-shlibdeps -O root/usr/bin/* root/usr/sbin/* 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "deb: which libraries are needed cannot be found out" >&2; exit 1; }
size=$(du -sk --exclude=DEBIAN "$root" | cut -f 1)
sed "s/@VERSION@/$v/; s/@ARCH@/$arch/; s/@SIZE@/$size/; s/@DEPENDS@/$depends/" $pkg/control.in >"$root/DEBIAN/control"
install -m 0644 $pkg/conffiles "$root/DEBIAN"
install -m 0755 $pkg/postinst $pkg/prerm $pkg/postrm "$root/DEBIAN"
(cd "$root" && find usr lib -type f -exec md5sum {} + | sort -k 2) >"$root/DEBIAN/md5sums"
chmod -R u+w,go+rX,go-w "$root"
dpkg-deb --root-owner-group --build "$root" "$out/openmdf_${v}_$arch.deb" >/dev/null
echo "$out/openmdf_${v}_$arch.deb"
