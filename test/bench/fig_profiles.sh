# fig_profiles.sh: what options of a destination cost beside plain delivery: CPU of a record of content, from the capture to the agency's
# acknowledgement, all wanted. The options are those of profiles.tbl; PROFILES: some of them.
. test/bench/fig_tap.sh
capture wanted --hot 10 --share 100 --packets 500000

# profile_cost KEYS: COST, microseconds a record
profile_cost() {
	KEYS=$1
	watch wanted 10 && said=$SAID && ending 10 && COST=$(calc "$(cost "$said" "$END") / $(of content "$(cat "$W/wanted.said")")")
	profile_rc=$?
	KEYS=
	return $profile_rc
}

# profile_known KEYS: this build has such options
profile_known() {
	PORT=1
	conf 10 1 "$1"
	lib_tap core "$W/wanted.pcap"
	"$B/mdfd" -c "$W/mdfd.yaml" --check >/dev/null 2>"$W/mdfd.log"
}

fig_profiles() {
	cat "$W/wanted.pcap" >/dev/null	# what is measured is not the disk
	openssl rand -hex 24 >"$W/aes192.key"
	openssl rand -hex 32 >"$W/aes256.key"
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$W/sign.key" 2>/dev/null
	chmod 600 "$W/aes192.key" "$W/aes256.key" "$W/sign.key"
	profile_cost '' || return
	plain=$COST
	while read -r name keys; do
		case "$name" in '' | '#'*) continue ;; esac
		case " ${PROFILES:-$name} " in *" $name "*) ;; *) continue ;; esac
		keys=$(echo "$keys" | sed "s|W/|$W/|g")
		profile_known "$keys" || { echo "skipped: $name: $(head -n 1 "$W/mdfd.log")" >&2; continue; }
		profile_cost "$keys" && figure "profile_$name" "$COST" "$plain"
	done <test/bench/profiles.tbl
}
