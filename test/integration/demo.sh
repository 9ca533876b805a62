#!/bin/sh
# What make demo runs once all is built: the made-up capture, its targets by number and by address, several taps, captures
# from the field, and what it says when it cannot go on. It needs none of the judges: the PATH holds only what it may use.
. test/lib.sh
W=$B/run/demo
rm -rf "$W"
mkdir -p "$W/bin" "$W/b"
for p in sh awk sed openssl sort head tail cut tr grep cat rm mkdir ls dirname realpath sleep chmod touch id nproc; do
	ln -sf "$(command -v $p)" "$W/bin/$p"
done
# programs at a place of their own, so that the demo's folder is not the one of make demo
for p in mdfd lemfd lidump mdfctl ligen corelist; do ln -sf "$(realpath "$B/$p")" "$W/b/$p"; done

demo() { # name, status, CAPTURE, TARGET, line of the output (a basic regular expression)…
	n=$1 want=$2 capture=$3 target=$4
	shift 4
	CAPTURE=$capture TARGET=$target B=$W/b PATH=$(realpath "$W/bin") sh test/demo.sh >"$W/$n.out" 2>&1 </dev/null
	rc=$?
	[ $rc -eq "$want" ] || { fail "demo.$n" "ended with $rc: $(tail -n 3 "$W/$n.out" | tr '\n' ' ')"; return; }
	for line in "$@"; do
		grep -q -e "$line" "$W/$n.out" || { fail "demo.$n" "does not say: $line"; return; }
	done
	ok "demo.$n"
}

GOOD='^demo: every verification holds\.$'
demo made 0 '' '' "$GOOD" '^   BEGIN  *pDUSessionEstablishment ' '^   CONTINUE  *pDUSessionModification ' '^   END  *pDUSessionRelease ' \
	' locationUpdate ' '^   ok      the traffic generator' 'from the target ' 'to the target ' '^   ok      audit log: ' 'make demo CAPTURE=' 'interface: eth1'
if grep -qE '<[0-7]>|mdfd: |FAILED' "$W/made.out"; then fail demo.quiet "the log shows"; else ok demo.quiet; fi
mv "$W/demo/core.pcap" "$W/made.pcap"
demo imsi 0 "$W/made.pcap" 001010000000002 "$GOOD" 'on supiimsi 001010000000002,'
demo address 0 "$W/made.pcap" 100.64.0.1 "$GOOD" 'on ipv4Address 100\.64\.0\.1,' 'sessions begun: 1 of 1$'
demo stranger 1 "$W/made.pcap" 001019999999999 '^demo: the target 001019999999999 is not in the capture'
demo no_file 1 "$W/none.pcap" '' '^demo: no such file: '
demo no_capture 1 Makefile '' '^demo: not a capture that can be read: '
demo folder 1 "$W" '' '^demo: cannot be read as a file: '
# an empty capture: a head and no packet
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >"$W/empty.pcap"
demo empty 1 "$W/empty.pcap" '' '^demo: no subscriber was found in the capture'

CAPS=$SHARED/captures
if [ -r "$CAPS/5g-oai-redirect-cp-sbi.pcap" ]; then
	demo pair 0 "$CAPS/5g-oai-redirect-cp-sbi.pcap+5g-oai-redirect-up-gtpu.pcap" '' "$GOOD" 'content from the target: 11 of 11 packets'
	demo field 0 "$CAPS/5g-oai-dstest-mini-n2n3n4.pcap" '' "$GOOD" 'content from the target: 46 of 46 packets'
else
	skip demo.pair "no $CAPS"
	skip demo.field "no $CAPS"
fi
