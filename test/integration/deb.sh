#!/bin/sh
# The package and its units: built, then, in a root of its own over this machine's (an overlay in a mount namespace: nothing
# here changes), installed, checked, started as its unit would, upgraded with its configuration kept, removed, purged; and how exposed
# systemd finds the services.
. test/lib.sh
if [ "$MODE" != release ]; then skip deb "of MODE=release only"; exit 0; fi
lib_begin deb

# -- units: systemd-analyze's exposure, at most 2.0 --
for u in mdfd lemfd; do
	if command -v systemd-analyze >/dev/null && systemd-analyze security --help 2>/dev/null | grep -q -e --offline; then
		systemd-analyze security --offline=yes "mediation/pkg/$u.service" >"$W/$u.security" 2>"$W/$u.err"
		level=$(sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p' "$W/$u.security")
		check "deb.$u.exposure" at_most_2.0 "$(awk -v l="$level" 'BEGIN { print l != "" && l <= 2.0 ? "at_most_2.0" : l }')"
		check "deb.$u.unknown" '' "$(cat "$W/$u.err")"
	else
		skip "deb.$u.exposure" "no systemd-analyze that works offline"
	fi
done

# what mdfd lets itself call, its unit lets it call, too; but for what a library does without
expand() { # @group: its calls
	systemd-analyze syscall-filter "$1" | sed '1d; s/^ *//; /^#/d; /^$/d' | while read -r c; do
		case $c in @*) expand "$c" ;; *) echo "$c" ;; esac
	done
}
calls() { # +|-: of the unit's lists that allow, or that take away
	sed -n "s/^SystemCallFilter=//p" mediation/pkg/mdfd.service | while read -r line; do
		case $1$line in +~*|-[!~]*) continue ;; esac
		for c in ${line#"~"}; do case $c in @*) expand "$c" ;; *) echo "$c" ;; esac; done
	done | sort -u
}
if command -v systemd-analyze >/dev/null && systemd-analyze syscall-filter @default >/dev/null 2>&1; then
	calls + >"$W/allowed"
	calls - >"$W/taken"
	{
		sed '1,/^ \*\//d' handover/syscalls.tbl | grep -oE '(CALL|ONLY)\([a-z0-9_]+' | sed 's/.*(//'
		printf '%s\n' capset landlock_add_rule landlock_create_ruleset landlock_restrict_self prctl prlimit64 seccomp
	} | sort -u >"$W/needed"
	check deb.mdfd.calls 'mincore sched_setaffinity ' "$(comm -23 "$W/allowed" "$W/taken" | comm -23 "$W/needed" - | tr '\n' ' ')"
else
	skip deb.mdfd.calls "no systemd-analyze that lists calls"
fi

for p in dpkg-deb dpkg-shlibdeps gzip strip; do
	command -v $p >/dev/null || { skip deb.build "no $p"; exit 0; }
done
build() { # version: the package's path
	DEB_VERSION=$1 B=$B VERSION=$1 MAKE=make sh mediation/pkg/deb.sh 2>"$W/build.err" | tail -n 1
}
OLD=$(build 0.0.1)
cp "$OLD" "$W/old.deb" 2>/dev/null
NEW=$(build 0.0.2)
cp "$NEW" "$W/new.deb" 2>/dev/null || { fail deb.build "$(tail -n 2 "$W/build.err")"; exit 1; }
rm -f "$OLD" "$NEW"
check deb.owners root/root "$(dpkg-deb -c "$W/new.deb" | awk '{ print $2 }' | sort -u)"
check deb.libraries 1 "$(dpkg-deb -f "$W/new.deb" Depends | grep -c 'libc-ares2.*libseccomp2.*libsqlite3-0.*libssl3')"
check deb.conffiles '/etc/lemfd/lemfd.conf /etc/mdfd/mdfd.yaml /etc/mdfd/warrants.yaml ' \
	"$(dpkg-deb -I "$W/new.deb" conffiles | sort | tr '\n' ' ')"
if command -v lintian >/dev/null; then
	check deb.lintian '' "$(lintian --allow-root --fail-on none "$W/new.deb" 2>/dev/null | grep '^E:')"
else
	skip deb.lintian "no lintian"
fi
# another default in the new one's configuration: what an administrator has changed must stay
for d in new; do dpkg-deb -R "$W/$d.deb" "$W/$d"; done
echo '# of the later version' >>"$W/new/etc/mdfd/mdfd.yaml"
dpkg-deb --root-owner-group --build "$W/new" "$W/new.deb" >/dev/null
rm -rf "$W/new"

# -- in a root of its own --
# certificates for it
lib_certs mdf.example lemf.example || { fail deb.certs "no certificates"; exit 1; }
cat >"$W/inside" <<'EOF'
set -u
W=$1 tmp=$2
mount -t tmpfs tmpfs "$tmp" && mkdir "$tmp/up" "$tmp/work" "$tmp/root" &&
	mount -t overlay overlay -o "lowerdir=/,upperdir=$tmp/up,workdir=$tmp/work" "$tmp/root" || { echo "no overlay"; exit 0; }
mount --rbind /proc "$tmp/root/proc"
mount --rbind /dev "$tmp/root/dev"
mount -t tmpfs tmpfs "$tmp/root/run"	# no systemd runs in there
cp "$W"/old.deb "$W"/new.deb "$W"/*.crt "$W"/*.key "$tmp/root/root/"
cp "$W/steps" "$tmp/root/root/steps"
ip link set lo up
exec chroot "$tmp/root" /bin/sh /root/steps
EOF
cat >"$W/steps" <<'EOF'
cd /root
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
ln -sf /bin/true /usr/bin/mandb	# its index of every page takes the time of all the rest
say() { echo "step $*"; }
dpkg --force-unsafe-io -i old.deb >install.out 2>&1; say install $?
say users "$(id -un mdfd) $(id -un lemfd)"
say folders $(stat -c '%U:%G:%a' /etc/mdfd /etc/mdfd/mdfd.yaml /etc/mdfd/warrants.yaml /etc/mdfd/state.key /var/lib/mdfd)
say key $(stat -c %s /etc/mdfd/state.key)
mdfd --version >/dev/null; say version $?
mdfd -c /etc/mdfd/mdfd.yaml --check >check.out 2>&1; say unconfigured $?
sed -i 's/interface: eth1 .*/interface: lo/; s/control_socket:.*/control_socket: \/run\/mdfd\/control/' /etc/mdfd/mdfd.yaml
echo '# changed here' >>/etc/mdfd/mdfd.yaml
cp mdf.example.crt /etc/mdfd/mdf.crt; cp mdf.example.key /etc/mdfd/mdf.key; cp ca.crt /etc/mdfd/li-ca.crt
chown root:mdfd /etc/mdfd/mdf.key; chmod 640 /etc/mdfd/mdf.key
mdfd -c /etc/mdfd/mdfd.yaml --check >check.out 2>&1; say check $?
setpriv --reuid mdfd --regid mdfd --clear-groups mdfd -c /etc/mdfd/mdfd.yaml --check >check.out 2>&1; say check_as_service "$? $(grep -c 'warning.*spool.key: Permission denied' check.out)"
# as the unit starts it: its user, its one right, its credential, its folder
install -d -o mdfd -g mdfd /run/mdfd /run/credentials
install -m 400 -o mdfd /etc/mdfd/state.key /run/credentials/state.key
install -m 400 -o mdfd /etc/mdfd/spool.key /run/credentials/spool.key
run=$(sed -n 's/^ExecStart=//p' /lib/systemd/system/mdfd.service)
CREDENTIALS_DIRECTORY=/run/credentials setpriv --reuid mdfd --regid mdfd --clear-groups --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw \
	--bounding-set=-all,+net_raw $run 2>run.err &
pid=$!
i=0
while ! mdfctl status >status.out 2>&1 && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
say runs "$(grep -c '^.*sandbox' status.out) $(awk '/^Uid:/ { print $2 }' /proc/$pid/status | grep -c "^$(id -u mdfd)\$")"
say started "$(tail -n 3 run.err | tr '\n' ';')"
kill $pid; wait $pid; say stopped $?
say key_used "$(ls /var/lib/mdfd | grep -c state.key) $(ls /var/lib/mdfd | grep -c mdfd.db)"
cp /etc/mdfd/state.key key.before
mv /etc/mdfd/spool.key /etc/mdfd/spool.key.cred	# as the manual has it for an encrypted credential
dpkg --force-unsafe-io --force-confdef --force-confold -i new.deb >upgrade.out 2>&1; say upgrade $?
say upgraded "$(dpkg-query -W -f '${Version}' openmdf)"
say kept "$(grep -c '^# changed here' /etc/mdfd/mdfd.yaml) $(grep -c 'of the later version' /etc/mdfd/mdfd.yaml /etc/mdfd/mdfd.yaml.dpkg-dist | tr '\n' ' ')"
cmp -s key.before /etc/mdfd/state.key; say key_kept $?
say key_not_made "$(ls /etc/mdfd | grep -c 'spool.key$')"
mdfd -c /etc/mdfd/mdfd.yaml --check >check.out 2>&1; say check_again $?
dpkg --force-unsafe-io -r openmdf >remove.out 2>&1; say remove $?
say removed "$(ls /usr/sbin/mdfd /lib/systemd/system/mdfd.service 2>/dev/null | wc -l) $(ls /etc/mdfd/mdfd.yaml | wc -l)"
dpkg --force-unsafe-io -P openmdf >purge.out 2>&1; say purge $?
say purged "$(ls /etc/mdfd/mdfd.yaml /etc/mdfd/s*.key* /var/lib/mdfd/mdfd.db /var/lib/mdfd/mdfd.lock 2>/dev/null | wc -l) $(ls /var/lib/mdfd/audit.log | wc -l)"
say gone "$(dpkg-query -W openmdf 2>/dev/null | wc -l)"
EOF
tmp=$(mktemp -d)
if unshare -m -n true 2>/dev/null; then
	unshare -m -n sh "$W/inside" "$(realpath "$W")" "$tmp" >"$W/steps.out" 2>"$W/steps.err"
else
	echo "no mount namespaces" >"$W/steps.out"
fi
rmdir "$tmp" 2>/dev/null
grep -q '^step' "$W/steps.out" || { skip deb.root "$(head -n 1 "$W/steps.out")"; exit 0; }
step() { # name, want
	check "deb.$1" "$2" "$(sed -n "s/^step $1 //p" "$W/steps.out")"
}
step install 0
step users 'mdfd lemfd'
step folders 'root:mdfd:750 root:mdfd:640 root:mdfd:640 root:root:600 mdfd:mdfd:700'
step key 32
step version 0
step unconfigured 1
step check 0
step check_as_service '0 1'
step runs '1 1'
step stopped 0
step key_used '0 1'
step upgrade 0
step upgraded 0.0.2
step kept '1 /etc/mdfd/mdfd.yaml:0 /etc/mdfd/mdfd.yaml.dpkg-dist:1 '
step key_kept 0
step key_not_made 0
step check_again 0
step remove 0
step removed '0 1'
step purge 0
step purged '0 1'
step gone 0
