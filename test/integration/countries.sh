#!/bin/sh
# The two worked examples of mdfd.yaml(5): what stands in the manual is taken out of it, loads, and delivers what it says to agencies
# of each profile.
. test/lib.sh
command -v jq >/dev/null || { skip countries "no jq"; exit 0; }
lib_begin countries
TMPDIR=$W
export TMPDIR
lib_certs mdf.example a.example b.example c.example d.example || { fail countries "no certificates"; exit 1; }
mkdir "$W/keys"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$W/keys/one-sign.pem" 2>/dev/null
openssl pkey -in "$W/keys/one-sign.pem" -pubout -out "$W/one-sign.pub" 2>/dev/null
openssl rand -hex 24 >"$W/keys/one-pen.key"
chmod 600 "$W"/keys/*
"$B/ligen" --plain --dual 0 --only6 0 --subscribers 1 --sessions 2 --packets 100 --seed 4 --out "$W/core.pcap" --expect "$W/expect.json" 2>/dev/null
cc=$(jq -r '.subscribers["001010000000001"] | .from + .to' "$W/expect.json")
T='supiimsi: "001010000000001"'

# A block of the manual, as a reader sees it: from its first line to the end of the display.
block() { sed -n "/^# example: country $1\$/,/^\.Ed/p" mediation/pkg/mdfd.yaml.5 | sed '$d' | sed -e ':a' -e '/\\$/N; s/\\\n//; ta'; }
for n in one two; do
	block $n >"$W/$n.yaml"
	check countries.$n.manual 1 "$(grep -c "^  - name: country-$n\$" "$W/$n.yaml")"
done
conf() { # of which country
	lib_conf
	lib_tap n2n3n4 core.pcap
	cat "$W/$1.yaml" >>"$W/mdfd.yaml"
	echo destinations: >"$W/warrants.yaml"
	echo warrants: >"$W/warrants"
}
run() { # name
	cat "$W/warrants" >>"$W/warrants.yaml"
	"$B/mdfd" -c "$W/mdfd.yaml" --check >"$W/check.out" 2>&1
	check "countries.$1.check" 0 $?
	"$B/mdfd" -c "$W/mdfd.yaml" --drain 2>"$W/mdfd.log" </dev/null
	check "countries.$1.drained" 0 $?
	lib_end
}

# -- the first: sealed, hashed, signed ------------------------------------------------------------------------------------------------
conf one
LEMF_NAMES="--signer $W/one-sign.pub --payload-key AES-192-CBC:$W/keys/one-pen.key"
for i in 1 2 3 4; do
	a=$(echo "abcd" | cut -c$i).example
	lib_lemf "$a" || { fail countries "lemfd did not start"; exit 1; }
	lib_dest $i "$a" "profile: country-one$(echo ",-police,-two-sites,-slow-line" | cut -d, -f$i)"
	lib_warrant $i "$T" $i
done
run one
for i in 1 2 3 4; do
	d=$W/$(echo "abcd" | cut -c$i).example/NL-OP01-LI-$i
	check countries.one.$i.verdict good "$(jq -r 'select(.event == "integrity").verdict' "$d/events.jsonl" | sort -u)"
	check countries.one.$i.signed yes "$(jq -r 'select(.event == "integrity").check' "$d/events.jsonl" | grep -q signature && echo yes)"
	"$B/lidump" --json --payload-key "AES-192-CBC:$W/keys/one-pen.key" "$d/hi3.ber" >"$W/cc.json"
	check countries.one.$i.content "$cc" "$(wc -l <"$W/cc.json")"
	check countries.one.$i.header "[\"NL\",\"NL\",true,\"timeOfInterception\"]" "$(jq -c '.pSHeader | [.authorizationCountryCode, .communicationIdentifier.deliveryCountryCode, has("timeStamp"), .timeStampQualifier]' "$W/cc.json" | sort -u)"
	check countries.one.$i.sealed "aES-192-CBC" "$("$B/lidump" --json "$d/hi3.ber" | jq -r .payload.encryptionContainer.encryptionType | sort -u)"
done
check countries.one.test 1 "$(jq -r .event "$W/b.example/NL-OP01-LI-2/events.jsonl" | grep -c '^test')"
check countries.one.no_test 0 "$(jq -r .event "$W/a.example/NL-OP01-LI-1/events.jsonl" | grep -c '^test')"

# -- the second: negotiated, put together, LIIDs as octets --------------------------------------------------------------------------------
rm -rf "$W/state" "$W"/?.example
conf two
LEMF_NAMES=
for i in 1 2; do
	a=$(echo "ab" | cut -c$i).example
	lib_lemf "$a" || { fail countries "lemfd did not start"; exit 1; }
	lib_dest $i "$a" "profile: country-two$(echo ",-large" | cut -d, -f$i)"
	lib_warrant $i "$T" $i
	sed -i "s/liid: LI-$i,/liid: \"00a1b2c$i\",/" "$W/warrants"
done
# the third has two gateways, under the name that its certificate bears on both
lib_lemf c.example || { fail countries "lemfd did not start"; exit 1; }
first=$PORT
cp "$W/c.example.crt" "$W/d.example.crt"
cp "$W/c.example.key" "$W/d.example.key"
lib_lemf d.example || { fail countries "lemfd did not start"; exit 1; }
second=$PORT PORT=$first
lib_dest 3 c.example "profile: country-two-gateways, addresses: [\"127.0.0.1:$second\"]"
for i in 3 4 5 6 7 8; do lib_warrant $i "$T" 3; done
run two
jq -r 'select(.event == "delivery-up") | .fields | "\(.did[7:8]) \(.options) \(.connection // "0")"' "$W/state/audit.log" | sort -u >"$W/ups"
check countries.two.negotiated agreed "$(cut -d' ' -f2 "$W/ups" | sort -u)"
check countries.two.connections "1 4" "$(for i in 1 2; do grep -c "^$i .* [0-3]$" "$W/ups"; done | tr '\n' ' ' | sed 's/ $//')"
for i in 1 2; do
	for d in "$W/$(echo "ab" | cut -c$i).example"/NL-OP01-*; do
		"$B/lidump" --json "$d/hi3.ber" >"$W/cc.json"
		check countries.two.$i.content "$cc" "$(jq '.payload.cCPayloadSequence | length' "$W/cc.json" | awk '{ n += $1 } END { print n + 0 }')"
		check countries.two.$i.together yes "$([ "$(wc -l <"$W/cc.json")" -lt "$cc" ] && echo yes)"
		check countries.two.$i.header "[false,true]" "$(jq -c '.pSHeader | [(.communicationIdentifier | has("deliveryCountryCode")), (.["li-psDomainId"] | tostring | endswith("43"))]' "$W/cc.json" | sort -u)"
		# "00a1b2c1", as the octets that these digits stand for
		check countries.two.$i.liid 00a1b2c$i "$("$B/lidump" --json "$d/hi3.ber" | jq -r .pSHeader.lawfulInterceptionIdentifier | sort -u)"
		check countries.two.$i.notified yes "$(jq -r .event "$d/events.jsonl" | grep -q '^hi1-notification$' && echo yes)"
	done
done
for g in c d; do ls "$W/$g.example" | sed -n 's/^NL-OP01-LI-//p' >"$W/$g.liids"; done
check countries.two.gateways "3 4 5 6 7 8" "$(sort "$W/c.liids" "$W/d.liids" | tr '\n' ' ' | sed 's/ $//')"
check countries.two.both yes "$([ -s "$W/c.liids" ] && [ -s "$W/d.liids" ] && echo yes)"
check countries.two.begun "cin-reset test" "$(jq -r .event "$W"/[cd].example/NL-OP01-LI-3/events.jsonl | grep -E '^(cin-reset|test)$' | sort -u | tr '\n' ' ' | sed 's/ $//')"
# no record says of what its time is; where several are together, the header's is that of putting them together
check countries.two.unqualified '"timeOfAggregation" null' "$(for g in c d; do for l in $(cat "$W/$g.liids"); do "$B/lidump" --json "$W/$g.example/NL-OP01-LI-$l/hi3.ber"; done; done |
	jq -c '.pSHeader.timeStampQualifier' | LC_ALL=C sort -u | tr '\n' ' ' | sed 's/ $//')"
