#!/bin/sh
# X1 (TS 103 221-1) as an ADMF has it: curl over HTTPS, HTTP/1.1 and HTTP/2, and an ADMF's end for our reports. Every answer is held
# against the published schemas where they are at hand. Requirement ids: spec conformance-x, X1-*.
. test/lib.sh
. test/x1.lib.sh
for tool in curl xmllint openssl jq; do command -v $tool >/dev/null || { skip x1 "no $tool"; exit 0; }; done
lib_begin x1
CTL="$B/mdfctl -s $W/control"
lib_certs mdf.example lemf.example || { fail x1 "no certificates"; exit 1; }
issue mdf.example /CN=mdf/UID=MDF-1 DNS:mdf.example
issue admf /CN=admf/UID=ADMF-1
issue admf2 /CN=admf/UID=ADMF-2
issue nouid /CN=admf
issue bound /CN=admf 'DNS:admf.example,URI:urn:etsi:li:103221-1:cert-binding:ADMF:ADMF-1'
issue stranger /CN=who/UID=ADMF-1 DNS:who.example
(lib_begin_ca() { :; }; W2="$W/foreign" && mkdir "$W2" && cd "$W2" && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 \
	-subj /CN=admf/UID=ADMF-1 -addext 'subjectAltName=DNS:admf.example' -keyout f.key -out f.crt 2>/dev/null)
cp "$W/foreign/f.crt" "$W/foreign.crt"; cp "$W/foreign/f.key" "$W/foreign.key"
x1_schemas
[ -n "$PUBLISHED" ] || skip x1.published "no published schemas: answers are not held against them"

conf() { # WHAT OF x1
	cat >"$W/mdfd.yaml" <<EOC
mdf: {operator_id: OP01, element_id: MDF-1, delivery_country: NL, state_dir: state, control_socket: control, drain_timeout: 5s${MORE:-}}
tls: {certificate: mdf.example.crt, key: mdf.example.key, ca: ca.crt}
audit: {file: audit.log, key: audit.key}
${WARRANTS:-}
${TAPS:-}
x1:
  listen: 127.0.0.1:0
$1
EOC
}
up() {
	: >"$W/mdfd.log"
	"$B/mdfd" -c "$W/mdfd.yaml" 2>"$W/mdfd.log" </dev/null &
	MDFD=$!
	PIDS="$PIDS $MDFD"
	i=0
	while ! $CTL status >/dev/null 2>&1 && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
	X1PORT=$(sed -n 's/.*X1: listening on port \([0-9]*\).*/\1/p' "$W/mdfd.log")
}
down() {
	kill -TERM $MDFD
	wait $MDFD
	check "x1.$1" 0 $?
	PIDS=$KEEP
}
until_() { # NAME WANT COMMAND: within 20 seconds
	i=0
	while got=$(eval "$3" 2>/dev/null); [ "$got" != "$2" ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done
	check "x1.$1" "$2" "$got"
}
post() { # NAME WANT-STATUS FILE [curl's options]
	post_name=$1 post_want=$2
	shift 2
	: >"$W/answer"
	x1_send "$@"
	check "x1.$post_name" "$post_want" "$STATUS"
}
refused() { # NAME [curl's options]: no TLS
	refused_name=$1
	shift
	x1_doc "$(x1_msg Ping)" >"$W/request"
	post "$refused_name" 000 "$W/request" "$@"
}
XID1=$(lib_uuid 1) DID1=$(lib_uuid 101)
ME='  ne_id: MDF-1
  admf_id: ADMF-1
  peers: [admf.example]'

# -- an ADMF that hears us
mkdir "$W/admf"
"$B/x1admf" 127.0.0.1:0 "$W/admf.crt" "$W/admf.key" "$W/ca.crt" mdf.example "$W/admf" >"$W/admf.out" 2>"$W/admf.log" &
PIDS="$PIDS $!"
KEEP=$PIDS
i=0
while ! grep -q listening "$W/admf.out" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
ADMFPORT=$(sed -n 's/listening on port //p' "$W/admf.out")
URL="  admf_url: https://127.0.0.1:$ADMFPORT/"
reports() { cat "$W"/admf/*.xml 2>/dev/null | grep -o -e "$1" | wc -l; }
forget() { rm -f "$W"/admf/*.xml; }

# ================================================================ transport
conf "$ME
$URL
  max_body: 64KiB
  TIME1: 1s
  TIME2: 3s"
up
x1_doc "$(x1_msg Ping)" >"$W/ping"
x1 X1-HTTP-002 oK "$(x1_msg Ping)"						# X1-HTTP-003, X1-HTTP-014
HTTP=--http2; x1 http2 oK "$(x1_msg Ping)"
check x1.http2.used 1 "$(grep -c '^HTTP/2 200' "$W/head")"
HTTP=--http1.1
x1_send "$W/ping"
check x1.X1-HTTP-009 '1 0' "$(grep -ci '^content-length:' "$W/head") $(grep -ci '^transfer-encoding:' "$W/head")"
X1PATH=/foo; post X1-HTTP-006 404 "$W/ping"; X1PATH=
post X1-HTTP-007 405 "$W/ping" -X GET
post X1-HTTP-015 411 "$W/ping" -H 'Transfer-Encoding: chunked'
head -c 70000 /dev/zero | tr '\0' ' ' >"$W/huge"
cat "$W/ping" "$W/huge" >"$W/big"
post X1-HTTP-016 413 "$W/big"
check x1.X1-HTTP-001 1 "$(curl -s --max-time 5 --data-binary "@$W/ping" "http://127.0.0.1:$X1PORT/X1/NE" -o "$W/plain" || echo 1)"
WHO=foreign refused X1-SEC-004
WHO=stranger refused name
x1_doc "$(x1_msg Ping)" >"$W/request"
check x1.X1-SEC-003 000 "$(curl -s --max-time 5 --cacert "$W/ca.crt" --resolve "mdf.example:$X1PORT:127.0.0.1" --data-binary "@$W/ping" -o /dev/null -w '%{http_code}' "https://mdf.example:$X1PORT/X1/NE")"
refused X1-SEC-001 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0
post tls12 200 "$W/ping" --tls-max 1.2
post X1-SEC-002 200 "$W/ping" --tlsv1.3
refused X1-SEC-014 --tls-max 1.2 --ciphers 'AES128-SHA:DES-CBC3-SHA@SECLEVEL=0'
# ten on one connection
set --
i=0
while [ $i -lt 10 ]; do set -- "$@" --data-binary "@$W/ping" "https://mdf.example:$X1PORT/X1/NE"; i=$((i + 1)); [ $i -lt 10 ] && set -- "$@" --next -sS --http1.1 --cacert "$W/ca.crt" --cert "$W/admf.crt" --key "$W/admf.key" --resolve "mdf.example:$X1PORT:127.0.0.1"; done
check x1.X1-HTTP-010 '10 1' "$(curl -sS --http1.1 --cacert "$W/ca.crt" --cert "$W/admf.crt" --key "$W/admf.key" --resolve "mdf.example:$X1PORT:127.0.0.1" -v "$@" 2>"$W/v" | grep -o '<oK>' | wc -l) $(grep -c 'SSL connection using' "$W/v")"
i=0 n=
while [ $i -lt 20 ]; do
	curl -sS --cacert "$W/ca.crt" --cert "$W/admf.crt" --key "$W/admf.key" --resolve "mdf.example:$X1PORT:127.0.0.1" --data-binary "@$W/ping" "https://mdf.example:$X1PORT/X1/NE" -o "$W/par.$i" 2>/dev/null &
	n="$n $!"
	i=$((i + 1))
done
for p in $n; do wait "$p"; done
check x1.X1-HTTP-013 20 "$(cat "$W"/par.* | grep -o '<oK>' | wc -l)"

# ================================================================ who it is from
x1 X1-SEC-005 1030 "$(ADMF=ADMF-2 x1_msg Ping)"
WHO=nouid x1 X1-SEC-006 1030 "$(x1_msg Ping)"
WHO=bound x1 binding oK "$(x1_msg Ping)"
WHO=admf2; x1 X1-SEC-007 1040 "$(ADMF=ADMF-2 x1_msg Ping)"; WHO=admf
x1 X1-SEC-008 1060 "$(NE=MDF-2 x1_msg Ping)"
x1 X1-SEC-015 'oK 1030 oK' "$(x1_msg Ping)" "$(ADMF=ADMF-9 x1_msg Ping)" "$(x1_msg Ping)"
x1 X1-DEST-001 '1030 oK' "$(ADMF=ADMF-9 x1_msg CreateDestination "$(x1_dest 101)")" "$(x1_msg CreateDestination "$(x1_dest 101)")"

# ================================================================ the envelope
TID=3741800e-971b-4aa9-85f4-466d2b1adc7f; x1 ping oK "$(x1_msg Ping)"; TID=
x1_has X1-MSG-002 1 '<x1TransactionId>3741800e-971b-4aa9-85f4-466d2b1adc7f<'
x1_has X1-MSG-001 1 '<admfIdentifier>ADMF-1</admfIdentifier><neIdentifier>MDF-1</neIdentifier><messageTimestamp>[0-9T:.-]*Z</messageTimestamp><version>v1.11.1</version><x1TransactionId>'
x1_has X1-MSG-003 1 '<messageTimestamp>[0-9-]*T[0-9:]*\.[0-9]\{6\}Z<'
printf '<X1Request>' >"$W/request"; post cut 200 "$W/request"; x1_valid "$W/answer"; check x1.X1-MSG-004 top "$(x1_codes "$W/answer")"
: >"$W/request"; post empty 200 "$W/request"; check x1.X1-MSG-005 top "$(x1_codes "$W/answer")"
x1 X1-MSG-006 '1010 2020' "$(x1_msg ActivateTask "$(x1_task 1 "$(x1_did 101)" "$(x1_liid A)" | sed 's/<deliveryType>X2Only<.deliveryType>//')")" "$(x1_msg GetTaskDetails "$(x1_xid 1)")"
x1 X1-MSG-008 'oK oK' "$(VERSION=v1.6.1 x1_msg Ping)" "$(VERSION=v1.99.1 x1_msg Ping)"
x1_has version.kept 1 '<version>v1.6.1<'
x1 X1-KA-001 oK "$(x1_msg Keepalive)"
x1 X1-MSG-009 'oK oK oK' "$(x1_msg Ping)" "$(x1_msg Keepalive)" "$(x1_msg Ping)"
x1 X1-MSG-014 'oK 1010 oK' "$(x1_msg Ping)" "$(x1_msg ActivateTask '<taskDetails/>')" "$(x1_msg Ping)"
x1 X1-MSG-018 1010 "$(x1_msg GetTaskDetails '<xId>29F28E1C-F230-486A-A860-F5A784AB9172</xId>')"
x1 X1-MSG-020 'oK 1000 oK' "$(x1_msg Ping)" "$(x1_msg Foo)" "$(x1_msg Ping)" # a requester older than 1080 gets 1000
x1_doc "$(VERSION=v2.0.0 x1_msg Ping)" >"$W/request"; post v2 200 "$W/request"
case $(x1_codes "$W/answer") in 1020 | 1010 | top) ok x1.X1-MSG-007 ;; *) fail x1.X1-MSG-007 "$(cat "$W/answer")" ;; esac
# namespaces: a prefix for X1's, and one on xsi:type
sed 's/<\(\/\{0,1\}\)\([a-zA-Z0-9]\)/<\1ns1:\2/g; s/xmlns=/xmlns:ns1=/; s/<ns1:?xml/<?xml/; s/xsi:type="/xsi:type="ns1:/' "$W/ping" >"$W/request"
post X1-MSG-015 200 "$W/request"; check x1.prefix oK "$(x1_codes "$W/answer")"

# ================================================================ destinations
x1 X1-DEST-002 2030 "$(x1_msg CreateDestination "$(x1_dest 101)")"
x1 X1-DEST-003 '6020 6020' "$(x1_msg CreateDestination "<destinationDetails>$(x1_did 109)<deliveryType>X2Only</deliveryType><deliveryAddress><e164Number>31201234567</e164Number></deliveryAddress></destinationDetails>")" \
	"$(x1_msg CreateDestination "$(x1_dest 109 | sed 's/TCPPort/UDPPort/g')")"
x1 X1-DEST-013 oK "$(x1_msg CreateDestination "$(x1_dest 102 X2Only 9 two | sed 's/IPv4Address>127.0.0.1</IPv6Address>2001:0db8:0000:0000:0000:0000:0000:0001</; s/IPv4Address/IPv6Address/')")"
x1 X1-DEST-004 'oK oK' "$(x1_msg ModifyDestination "$(x1_dest 102 X2Only)")" "$(x1_msg CreateDestination "$(x1_dest 103 X3Only 9 two)")"	# LI128-203
x1 details '' "$(x1_msg GetDestinationDetails "$(x1_did 102)")"
x1_has X1-DEST-004.gone 0 friendlyName
x1 X1-DEST-005 '2040 2040 2040' "$(x1_msg ModifyDestination "$(x1_dest 109)")" "$(x1_msg RemoveDestination "$(x1_did 109)")" "$(x1_msg GetDestinationDetails "$(x1_did 109)")"	# X1-DEST-008, X1-QRY-010

# ================================================================ tasks
A=$(x1_did 101)
x1 X1-TASK-001 oK "$(x1_msg ActivateTask "$(x1_task 1 "$A" "$(x1_liid A)$(x1_liid B HI2Only)")")"		# X1-TASK-005: nobody listens there
x1 X1-TASK-002 2010 "$(x1_msg ActivateTask "$(x1_task 1 "$A" "$(x1_liid C)")")"				# X1-MSG-013
x1_has X1-TASK-002.xid 1 "$XID1"
check x1.X1-TASK-012 null "$($CTL --json warrant show A | jq -r .warrant.scope)"
x1 X1-TASK-003 oK "$(x1_msg ActivateTask "$(x1_task 2 "$A" "$(x1_liid C)" '' '<correlationID>7</correlationID>')")"		# X1-TASK-022
x1 X1-TASK-004 2040 "$(x1_msg ActivateTask "$(x1_task 3 "$(x1_did 109)" "$(x1_liid D)")")"	# LI128-201
x1 X1-TASK-006 '3040 3040' "$(x1_msg ActivateTask "$(x1_task 3 "$(x1_did 102)" "$(x1_liid D)")")" "$(x1_msg ActivateTask "$(x1_task 3 "$(x1_did 103)" "$(x1_liid D HI2Only)")")"	# LI128-202
x1 X1-TASK-008 '3010 3010' "$(x1_msg ActivateTask "$(x1_task 3 "$A" "$(x1_liid D)" "$(x1_target tcpPort 8081)")")" "$(x1_msg ActivateTask "$(x1_task 3 "$A" "$(x1_liid D)" "$(x1_target callPartyRole Originating)")")"
x1_has X1-MSG-021 0 8081
x1 X1-TASK-009 3020 "$(x1_msg ActivateTask "$(x1_task 3 "$A" "$(x1_liid D)" "$(x1_target supiimsi 001010000000001)$(x1_target supiimsi 001010000000002)")")"
many=; i=0; while [ $i -lt 17 ]; do x1_doc "$(x1_msg CreateDestination "$(x1_dest $((200 + i)))")" >"$W/request"; x1_send "$W/request"; many="$many$(x1_did $((200 + i)))"; i=$((i + 1)); done
x1 X1-TASK-010 '3030 oK' "$(x1_msg ActivateTask "$(x1_task 3 "$many" "$(x1_liid D)")")" "$(x1_msg ActivateTask "$(x1_task 3 "$A$(x1_did 200)" "$(x1_liid D)")")"
x1 X1-TASK-011 3050 "$(x1_msg ActivateTask "$(x1_task 4 "$A" "$(x1_liid E HI2Only '<serviceScopingOptions><serviceScopingOptions><serviceType><serviceType>voice</serviceType></serviceType></serviceScopingOptions></serviceScopingOptions>')" '' '<listOfServiceTypes><serviceType>data</serviceType></listOfServiceTypes>')")"
x1 X1-HTTP-008 2020 "$(x1_msg DeactivateTask "$(x1_xid 9)")"
x1 X1-TASK-014 '2020 2020 2020' "$(x1_msg ModifyTask "$(x1_task 9 "$A" "$(x1_liid E)")")" "$(x1_msg DeactivateTask "$(x1_xid 9)")" "$(x1_msg GetTaskDetails "$(x1_xid 9)")"	# X1-TASK-017, X1-QRY-010
x1 X1-MDF-001 '3000 3001' "$(x1_msg ActivateTask "$(x1_task 4 "$A" '')")" "$(x1_msg ModifyTask "$(x1_task 1 "$A" '')")"
x1_has X1-MSG-011 1 '<requestMessageType>ModifyTask<'
x1 X1-MDF-015 '3000 3000 3000' "$(x1_msg ActivateTask "$(x1_task 4 "$A" "$(x1_liid E)$(x1_liid E)")")" \
	"$(x1_msg ActivateTask "$(x1_task 4 "$A" "$(x1_liid E HI2Only '<StartTime>2030-01-01T00:00:00.000000Z</StartTime><EndTime>2029-01-01T00:00:00.000000Z</EndTime>')")")" \
	"$(x1_msg ActivateTask "$(x1_task 4 "$A" "$(x1_liid E HI2Only '<EndTime>2020-01-01T00:00:00.000000Z</EndTime>')")")"
x1 X1-MDF-013 '1010 1010 oK' "$(x1_msg ActivateTask "$(x1_task 4 "$A" "$(x1_liid 'a b')")")" "$(x1_msg ActivateTask "$(x1_task 4 "$A" "$(x1_liid ABCDEF0123456789ABCDEF0123)")")" \
	"$(x1_msg ActivateTask "$(x1_task 4 "$A" "$(x1_liid 1234567890123456789012345)$(x1_liid 00112233445566778899aabbccddeeff001122334455667788)")")"
x1 X1-TASK-028 '1010 1010 1010' "$(x1_msg ActivateTask "$(x1_task 5 "$A" "$(x1_liid F)" "$(x1_target imsi 0010100000000011)")")" \
	"$(x1_msg ActivateTask "$(x1_task 5 "$A" "$(x1_liid F)" "$(x1_target e164Number +31201234567)")")" "$(x1_msg ActivateTask "$(x1_task 5 "$A" "$(x1_liid F)" "$(x1_target ipv6Address 2001:db8::1)")")"
x1 X1-TASK-029 1010 "$(x1_msg ActivateTask "$(x1_task 5 "$A" "$(x1_liid F)" '' '<taskDetailsExtensions><x xmlns="urn:x"/></taskDetailsExtensions>')")"
x1_doc "$(x1_msg ActivateTask "$(x1_task 5 "$A" "$(x1_liid F)" '' '<taskDetailsExtensions><Owner>x</Owner><x xmlns="urn:x"/></taskDetailsExtensions>')")" >"$W/request"; post ext 200 "$W/request"
case $(x1_codes "$W/answer") in 1010 | 3000) ok x1.X1-TASK-030 ;; *) fail x1.X1-TASK-030 "$(x1_codes "$W/answer")" ;; esac
x1 X1-TASK-031 1010 "$(x1_msg ActivateTask "$(x1_task 5 "$A" "$(x1_liid F)" '<targetIdentifier><imsi>001010000000001</imsi><imei>12345678901234</imei></targetIdentifier>')")"
# modify: whole, and all or nothing
x1 X1-TASK-013 oK "$(x1_msg ModifyTask "$(x1_task 2 "$A" "$(x1_liid C HI2Only)" '' "<productID>$(lib_uuid 77)</productID>")")"		# X1-TASK-021
check x1.X1-TASK-021 "$(lib_uuid 77)" "$($CTL --json warrant show C | jq -r .warrant.product_id)"
x1 X1-TASK-015 3010 "$(x1_msg ModifyTask "$(x1_task 2 "$A" "$(x1_liid C)$(x1_liid G)" "$(x1_target udpPort 8081)")")"
x1 unchanged '' "$(x1_msg GetTaskDetails "$(x1_xid 2)")"
x1_has X1-TASK-015.same 1 "<productID>$(lib_uuid 77)</productID>"
x1 whole oK "$(x1_msg ModifyTask "$(x1_task 2 "$A" "$(x1_liid C HI2Only)")")"
x1 unchanged '' "$(x1_msg GetTaskDetails "$(x1_xid 2)")"
x1_has X1-TASK-013.gone 0 productID
x1_task 2 "$A" "$(x1_liid C HI2Only)" >"$W/sent"
x1_has X1-QRY-001 1 "$(cat "$W/sent")"
x1_has X1-QRY-002 1 '<provisioningStatus>complete<'
x1_has X1-QRY-003 2 '<amountOfX[23]Data>0<'
x1_has X1-QRY-003.modified 1 '<numberOfModifications>2<'
x1_has X1-QRY-003.none 0 timeOfLastIntercept
handle() { $CTL --json warrant show "$1" | jq -r .warrant.handle; }
before=$(handle A)
x1 X1-MDF-005 oK "$(x1_msg ModifyTask "$(x1_task 1 "$A" "$(x1_liid A)$(x1_liid H)")")"
check x1.X1-MDF-005.goes-on "$before" "$(handle A)"
check x1.X1-MDF-006 'A C D H' "$($CTL --json warrant list | jq -r '[.warrants[].liid | select(length == 1)] | sort | join(" ")')"
check x1.owner x1:ADMF-1 "$($CTL --json warrant show H | jq -r .warrant.owner)"
# the text of short messages is kept from one LIID, or from all of a task
truncate='<Owner>3GPP</Owner><g:X1Extensions xmlns:g="urn:3GPP:ns:li:3GPPX1Extensions:r19:v2"><g:SMSFExtensions><g:TruncateTPUserData/></g:SMSFExtensions></g:X1Extensions>'
scopes() { for l in A H; do $CTL --json warrant show $l | jq -r '.warrant.scope // "all"'; done | tr '\n' ' '; }
x1 LI128-148 oK "$(x1_msg ModifyTask "$(x1_task 1 "$A" "$(x1_liid A HI2andHI3 "<mediationDetailsExtensions>$truncate</mediationDetailsExtensions>")$(x1_liid H)")")"
check x1.LI128-148.one 'truncate_tp_user_data all ' "$(scopes)"
x1 LI128-144 oK "$(x1_msg ModifyTask "$(x1_task 1 "$A" "$(x1_liid A)$(x1_liid H)" '' "<taskDetailsExtensions>$truncate</taskDetailsExtensions>")")"
check x1.LI128-144.all 'truncate_tp_user_data truncate_tp_user_data ' "$(scopes)"
# what would be delivered beyond its warrant is refused, whole
x1 roaming 3001 "$(x1_msg ModifyTask "$(x1_task 1 "$A" "$(x1_liid A HI2andHI3 '<StartTime>2030-01-01T00:00:00.000000Z</StartTime><EndTime>2031-01-01T00:00:00.000000Z</EndTime><listOfDIDs>'"$(x1_did 200)"'</listOfDIDs><serviceScopingOptions><serviceScopingOptions><serviceType><serviceType>voice</serviceType><serviceType>messaging</serviceType></serviceType><locationType><doNotReport></doNotReport></locationType><suspendOnOutboundInternationalRoaming>true</suspendOnOutboundInternationalRoaming><reportPostDialledDigits>false</reportPostDialledDigits></serviceScopingOptions></serviceScopingOptions>')$(x1_liid H)" '' '<taskDetailsExtensions><Owner>3GPP</Owner><g:X1Extensions xmlns:g="urn:3GPP:ns:li:3GPPX1Extensions:r19:v2"><g:LocationOnlyProvisioning><g:LocationOnly/></g:LocationOnlyProvisioning></g:X1Extensions></taskDetailsExtensions>')")"
x1 scope oK "$(x1_msg ModifyTask "$(x1_task 1 "$A" "$(x1_liid A HI2andHI3 '<StartTime>2030-01-01T00:00:00.000000Z</StartTime><EndTime>2031-01-01T00:00:00.000000Z</EndTime><listOfDIDs>'"$(x1_did 200)"'</listOfDIDs><serviceScopingOptions><serviceScopingOptions><serviceType><serviceType>voice</serviceType><serviceType>messaging</serviceType></serviceType><locationType><doNotReport></doNotReport></locationType><suspendOnOutboundInternationalRoaming>false</suspendOnOutboundInternationalRoaming><reportPostDialledDigits>false</reportPostDialledDigits></serviceScopingOptions></serviceScopingOptions>')$(x1_liid H)" '' '<taskDetailsExtensions><Owner>3GPP</Owner><g:X1Extensions xmlns:g="urn:3GPP:ns:li:3GPPX1Extensions:r19:v2"><g:LocationOnlyProvisioning><g:LocationOnly/></g:LocationOnlyProvisioning></g:X1Extensions></taskDetailsExtensions>')")"
check x1.X1-MDF-007 "$(lib_uuid 200) pending 2030-01-01T00:00:00.000000Z services=voice,messaging location(voice)=none location(messaging)=none report_digits=no" \
	"$($CTL --json warrant show A | jq -r '.warrant | [.destinations[0], .state, .start, .scope] | join(" ")')"	# X1-MDF-009 LI128-205
# locations only: of the LIID that it is given for; what is given for the task is for points of interception (LI128-125)
x1 location_only oK "$(x1_msg ModifyTask "$(x1_task 1 "$A" "$(x1_liid A HI2andHI3 '<StartTime>2030-01-01T00:00:00.000000Z</StartTime><EndTime>2031-01-01T00:00:00.000000Z</EndTime><listOfDIDs>'"$(x1_did 200)"'</listOfDIDs><mediationDetailsExtensions><Owner>3GPP</Owner><g:X1Extensions xmlns:g="urn:3GPP:ns:li:3GPPX1Extensions:r19:v2"><g:LocationOnlyProvisioning><g:LocationOnly/></g:LocationOnlyProvisioning></g:X1Extensions></mediationDetailsExtensions>')$(x1_liid H)")")"
check x1.location_only 'location_only none' "$($CTL --json warrant show A | jq -r '.warrant.scope // "none"') $($CTL --json warrant show H | jq -r '.warrant.scope // "none"')"
check x1.X1-MDF-008 "$DID1" "$($CTL --json warrant show H | jq -r '.warrant.destinations | join(" ")')"
x1 X1-DEST-014 '7010 7010' "$(x1_msg RemoveDestination "$(x1_did 200)")" "$(x1_msg RemoveDestination "$A")"	# X1-DEST-009
x1 X1-DEST-006 6001 "$(x1_msg ModifyDestination "$(x1_dest 101 X3Only)")"
x1 X1-DEST-011 8010 "$(x1_msg RemoveAllDestinations)"
x1 X1-DEST-007 oK "$(x1_msg RemoveDestination "$(x1_did 216)")"
x1 X1-TASK-016 'oK 2020 oK' "$(x1_msg DeactivateTask "$(x1_xid 2)")" "$(x1_msg GetTaskDetails "$(x1_xid 2)")" "$(x1_msg ActivateTask "$(x1_task 2 "$A" "$(x1_liid C)")")"	# X1-TASK-018
check x1.status 'ADMF-1 MDF-1 false 4' "$($CTL --json status | jq -r '.admfs[0] | [.admf, .ne, .silent, .tasks] | join(" ")')"
check x1.status.shown 1 "$($CTL status | grep -c 'ADMF-1 *MDF-1')"
check x1.counted 4 "$($CTL --json counters | jq '.counters[] | select(.name == "mdfd_admf_tasks").value')"
x1 list '' "$(x1_msg ListAllDetails)"
x1_has X1-QRY-009 4 '<xId>'
x1_has X1-QRY-009.dids 19 '<dId>'

# ================================================================ objects
hash() { printf '<%sObject xsi:type="h:HashContext"><objectId>%s</objectId><h:hashAlgorithm>%s</h:hashAlgorithm><h:salt>%s</h:salt></%sObject>' "$1" "$(lib_uuid "$2")" "$3" "$4" "$1"; }
set_() { printf '<%sObject xsi:type="s:DestinationSetDetails"><objectId>%s</objectId><s:listOfAssociatedDIDs>%s</s:listOfAssociatedDIDs><s:destinationSetType>%s</s:destinationSetType></%sObject>' "$1" "$(lib_uuid "$2")" "$3" "$4" "$1"; }
member() { printf '<s:AssociatedDID><s:dId>%s</s:dId><s:preference>%s</s:preference></s:AssociatedDID>' "$(lib_uuid "$1")" "$2"; }
oid() { printf '<objectId>%s</objectId>' "$(lib_uuid "$1")"; }
x1 X1-OBJ-001 oK "$(x1_msg CreateObject "$(hash create 301 sha-256 4241792fc4d3d097)")"
x1 X1-OBJ-002 2050 "$(x1_msg CreateObject "$(hash create 301 sha-256 4241792fc4d3d097)")"
x1 X1-OBJ-004 '2060 2060 2060' "$(x1_msg ModifyObject "$(hash modify 309 sha-256 4241792fc4d3d097)")" "$(x1_msg GetObject "$(oid 309)")" "$(x1_msg DeleteObject "$(oid 309)")"
x1 X1-OBJ-007 'oK oK 1010' "$(x1_msg CreateObject "$(hash create 302 sha-512 4241792fc4d3d097)")" "$(x1_msg CreateObject "$(hash create 303 sha3-512 4241792fc4d3d097)")" "$(x1_msg CreateObject "$(hash create 304 md5 4241792fc4d3d097)")"
x1_doc "$(x1_msg CreateObject "$(hash create 305 sha-256 4241792fc4d3d0)")" >"$W/request"; post salt 200 "$W/request"
case $(x1_codes "$W/answer") in 1010 | 8500) ok x1.X1-OBJ-008 ;; *) fail x1.X1-OBJ-008 "$(x1_codes "$W/answer")" ;; esac
x1 X1-OBJ-011 'oK 8500' "$(x1_msg CreateObject "$(set_ create 310 "$(member 101 0)$(member 201 0)" Duplicate)")" "$(x1_msg CreateObject "$(set_ create 311 "$(member 999 0)" Redundant)")"
hashed() { printf '<targetIdentifier><hashedIdentifier><h:hashContextID>%s</h:hashContextID><h:targetIdentityType>%s</h:targetIdentityType><h:hashDigest>%s</h:hashDigest></hashedIdentifier></targetIdentifier>' "$(lib_uuid "$1")" "$2" "$3"; }
WORKED=ddbe522009b5b32f1b84c82c06dedc0d24ba373d4ae244790fd071076b4536c0
x1 X1-OBJ-009 'oK 2060 3010 3000' "$(x1_msg ActivateTask "$(x1_task 7 "$A" "$(x1_liid HASHED)" "$(hashed 301 InternationalE164 $WORKED)")")" \
	"$(x1_msg ActivateTask "$(x1_task 8 "$A" "$(x1_liid H8)" "$(hashed 309 InternationalE164 $WORKED)")")" "$(x1_msg ActivateTask "$(x1_task 8 "$A" "$(x1_liid H8)" "$(hashed 301 TCPPort $WORKED)")")" \
	"$(x1_msg ActivateTask "$(x1_task 8 "$A" "$(x1_liid H8)" "$(hashed 302 InternationalE164 $WORKED)")")"
check x1.X1-OBJ-009.kept "sha-256:4241792fc4d3d097:InternationalE164:$WORKED" "$($CTL --json warrant show HASHED | jq -r '.warrant.targets[0].hashedIdentifier')"
x1 hash.used '8530 8510' "$(x1_msg DeleteObject "$(oid 301)")" "$(x1_msg ModifyObject "$(hash modify 301 sha-256 4241792fc4d3d098)")"
x1 hash.free oK "$(x1_msg DeactivateTask "$(x1_xid 7)")"
x1 set oK "$(x1_msg ModifyTask "$(x1_task 2 "<dSId>$(lib_uuid 310)</dSId>" "$(x1_liid C)")")"
check x1.X1-OBJ-011.both "$DID1 $(lib_uuid 201)" "$($CTL --json warrant show C | jq -r '.warrant.destinations | join(" ")')"
x1 X1-OBJ-012 '8530 8540' "$(x1_msg DeleteObject "$(oid 310)")" "$(x1_msg DeleteAllObjects)"
x1 set.modified oK "$(x1_msg ModifyObject "$(set_ modify 310 "$(member 202 0)" Duplicate)")"
check x1.set.followed "$(lib_uuid 202)" "$($CTL --json warrant show C | jq -r '.warrant.destinations | join(" ")')"
x1 set.refused 8510 "$(x1_msg ModifyObject "$(set_ modify 310 "$(member 999 0)" Duplicate)")"
x1 set.kind 8510 "$(x1_msg ModifyObject "$(set_ modify 310 "$(member 103 0)" Duplicate)")"	# X3 only, and C has HI2
check x1.set.kept "$(lib_uuid 202)" "$($CTL --json warrant show C | jq -r '.warrant.destinations | join(" ")')"
x1 set.dest 7010 "$(x1_msg RemoveDestination "$(x1_did 202)")"
x1 X1-OBJ-005 '' "$(x1_msg ListObjectsOfType '<objectType>Q{http://uri.etsi.org/03221/X1/2017/10/HashedID}HashContext</objectType>')"
x1_has X1-OBJ-005.ids 3 '<objectId>'
x1 object '' "$(x1_msg GetObject "$(oid 301)")"
x1_has object.same 1 4241792fc4d3d097
x1 X1-QRY-008 '' "$(x1_msg GetAllDetails)"
x1_has all.tasks 4 '<taskResponseDetails>'
x1_has all.dests 19 '<destinationResponseDetails>'
x1_has all.objects 4 '<genericObjectResponseDetails>'
VERSION=v1.22.1
x1 new-queries '' "$(x1_msg GetAllTaskDetails)" "$(x1_msg GetAllDestinationDetails)" "$(x1_msg GetAllGenericObjectDetails)"
x1_has new-queries.all '3' '</x1ResponseMessage>'
x1 X1-MSG-020.new 1080 "$(x1_msg Foo)"
VERSION=v1.11.1
x1 free-set 'oK oK' "$(x1_msg ModifyTask "$(x1_task 2 "$A" "$(x1_liid C)")")" "$(x1_msg DeleteAllObjects)"			# X1-OBJ-006
x1 X1-QRY-006 '' "$(x1_msg GetNEStatus)"
x1_has X1-QRY-006.ok 1 '<neStatus>OK</neStatus><listOfFaults></listOfFaults>'
until_ X1-QRY-011 1 "reports 'xsi:type=\"PingRequest\"'"
# strangers knocked: a warning, told once, in the audit log, and in no status (X1-QRY-007)
until_ X1-REP-007 '1 1' "echo \$(reports '<typeOfNeIssueMessage>Warning<' | awk '{ print (\$1 >= 1) }') \$(grep '\"event\":\"x1-report\"' $W/state/audit.log | grep -c 'client_refused' | awk '{ print (\$1 >= 1) }')"

# ================================================================ hostile
printf '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><X1Request xmlns="http://uri.etsi.org/03221/X1/2017/10">&b;&c;</X1Request>' >"$W/request"
post doctype 200 "$W/request"; check x1.X1-SEC-011 top "$(x1_codes "$W/answer")"
x1_has X1-SEC-011.nothing 0 root
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "<a>" }' >"$W/request"; post deep 200 "$W/request"; check x1.deep top "$(x1_codes "$W/answer")"
x1 alive oK "$(x1_msg Ping)"

# ================================================================ reports, and what stays over a restart
until_ X1-REP-004 1 "reports '<destinationReportType>NonTerminatingFault</destinationReportType>' | awk '{ print (\$1 >= 1) }'"
check x1.X1-HTTP-012 1 "$(reports '<destinationIssueErrorCode>9020<' | awk '{ print ($1 >= 1) }')"		# POST to /X1/ADMF: x1admf has no other
for f in "$W"/admf/*.xml; do x1_valid "$f"; done
x1 X1-QRY-005 '' "$(x1_msg GetDestinationDetails "$A")"
x1_has X1-QRY-005.fault 1 '<destinationDeliveryStatus>deliveryFault</destinationDeliveryStatus><listOfFaults><unresolvedFault>'
check x1.X1-MSG-019 "$(reports '<x1TransactionId>')" "$(cat "$W"/admf/*.xml | grep -o '<x1TransactionId>[0-9a-f]\{8\}-[0-9a-f]\{4\}-4[0-9a-f]\{3\}-[89ab][0-9a-f]\{3\}-[0-9a-f]\{12\}<' | sort -u | wc -l)"
down stops
up
x1 X1-TASK-032 '' "$(x1_msg ListAllDetails)"
x1_has X1-TASK-032.same 4 '<xId>'
x1_has dests.same 19 '<dId>'
x1 after-restart '2010 7010 oK' "$(x1_msg ActivateTask "$(x1_task 1 "$A" "$(x1_liid Z)")")" "$(x1_msg RemoveDestination "$A")" "$(x1_msg ModifyTask "$(x1_task 1 "$A" "$(x1_liid A)")")"
# an ADMF that answers as somebody else, not at all, or no longer
forget
echo other >"$W/admf/mode"
printf 'destinations: [{did: %s, name: local, address: "127.0.0.1:9", peer_name: x}]\nwarrants: [{liid: LOCAL, xid: %s, delivery: HI2andHI3, start: 2026-01-01T00:00:00Z, end: never, targets: [{supiimsi: "001010000000007"}, {ipv4Cidr: 192.0.2.0/24}], destinations: [%s]}]\n' \
	"$(lib_uuid 900)" "$(lib_uuid 901)" "$(lib_uuid 900)" >"$W/local.yaml"
check x1.local 0 "$($CTL warrant add "$W/local.yaml" >/dev/null; echo $?)"
until_ X1-SEC-009 1 "grep -c 'thrown away' $W/mdfd.log | awk '{ print (\$1 >= 1) }'"
echo ok >"$W/admf/mode"
until_ X1-REP-008 2 "cat $W/admf/*.xml | grep -o '<x1TransactionId>[^<]*' | sort -u | wc -l | awk '{ print (\$1 >= 2) ? 2 : \$1 }'"
until_ X1-SEC-012 1 "reports 'changed by the operator: warrant add' | awk '{ print (\$1 >= 1) }'"
x1 local.seen '' "$(x1_msg GetTaskDetails "$(x1_xid 901)")"
x1_has local.liid 1 '<LIID>LOCAL</LIID>'
# targets that X1 has by another form
WORKED_HERE=sha-256:4241792fc4d3d097:InternationalE164:$WORKED
printf 'warrants: [{liid: FORMS, xid: %s, delivery: HI2andHI3, start: 2026-01-01T00:00:00Z, end: never, targets: [{msisdn: "31612345678"}, {MCPTTID: "sip:m@example.org"}, {emailAddress: "ü@example.org"}, {hashedIdentifier: "%s"}], destinations: [%s]}]\n' \
	"$(lib_uuid 902)" "$WORKED_HERE" "$(lib_uuid 900)" >"$W/forms.yaml"
check x1.local.forms 0 "$($CTL warrant add "$W/forms.yaml" >/dev/null; echo $?)"
before=$INVALID
x1 local.forms.seen '' "$(x1_msg GetTaskDetails "$(x1_xid 902)")"
check x1.local.forms.valid $before $INVALID
x1_has local.forms.hashed 1 "<h:targetIdentityType>InternationalE164</h:targetIdentityType><h:hashDigest>$WORKED<"
x1 local.forms.end oK "$(x1_msg DeactivateTask "$(x1_xid 902)")"
x1 local.reversed 'oK 2020 oK' "$(x1_msg DeactivateTask "$(x1_xid 901)")" "$(x1_msg GetTaskDetails "$(x1_xid 901)")" "$(x1_msg RemoveDestination "$(x1_did 900)")"
check x1.local.audited 1 "$(grep '"event":"warrant-end"' "$W/state/audit.log" "$W/audit.log" 2>/dev/null | grep -c '"LOCAL".*\|x1 .*LOCAL')"
x1 X1-TASK-019 'oK' "$(x1_msg DeactivateAllTasks)"
x1 left '' "$(x1_msg ListAllDetails)"
x1_has X1-TASK-019.none 0 '<xId>'
x1_has X1-TASK-019.dests 19 '<dId>'
x1 X1-DEST-010 oK "$(x1_msg RemoveAllDestinations)"
check x1.no-warrants 0 "$($CTL --json warrant list | jq '.warrants | length')"
# one at a time, given up after TIME2, and sent anew (X1-HTTP-011, X1-MSG-017): an ADMF that never answers
first_two() { ls "$W"/admf/*.xml | head -n 2; }
forget
echo deaf >"$W/admf/mode"
$CTL warrant add "$W/local.yaml" >/dev/null
$CTL warrant end LOCAL >/dev/null
$CTL destination remove "$(lib_uuid 900)" >/dev/null
sleep 2
check x1.X1-HTTP-011 1 "$(reports 'x1TransactionId><')"
until_ X1-MSG-017 1 "grep -c 'a report: Timeout was reached' $W/mdfd.log | awk '{ print (\$1 >= 1) }'"
until_ X1-REP-008.again '2 1' "echo \$(cat \$(first_two) | grep -o '<x1TransactionId>[^<]*' | sort -u | wc -l) \$(cat \$(first_two) | grep -o '<description>[^<]*' | sort -u | wc -l)"
# and what it has not answered when the service ends is sent after the next start
down stops-with-reports
forget
echo ok >"$W/admf/mode"
up
until_ X1-REP-008.kept '1 1' "echo \$(reports 'changed by the operator: warrant end') \$(reports 'changed by the operator: destination remove')"
# another certificate, by a reload; near its end, that is a warning, too
issue short /CN=short/UID=MDF-1 DNS:mdf.example
openssl x509 -req -in "$W/short.csr" -CA "$W/ca.crt" -CAkey "$W/ca.key" -CAcreateserial -days 9 -extfile "$W/ext" -out "$W/short.crt" 2>/dev/null
presented() { curl -sSv --cacert "$W/ca.crt" --cert "$W/admf.crt" --key "$W/admf.key" --resolve "mdf.example:$X1PORT:127.0.0.1" --data-binary "@$W/ping" "https://mdf.example:$X1PORT/X1/NE" 2>&1 >"$W/answer" | sed -n 's/.*subject: .*CN *= *\([a-z]*\).*/\1/p'; }
check x1.X1-SEC-010.before mdf "$(presented)"
conf "$ME
$URL
  max_body: 64KiB
  TIME1: 1s
  TIME2: 3s
  tls: {certificate: short.crt, key: short.key}"
check x1.reload 0 "$($CTL reload >"$W/reload"; echo $?)"
check x1.X1-SEC-010 short "$(presented)"
until_ X1-REP-006 1 "reports 'certificate_ends: certificate x1 certificate' | awk '{ print (\$1 >= 1) }'"
# whom it hears, where its reports go and what is allowed change by a reload; what needs a restart is named, and waits
mkdir "$W/admf2"
"$B/x1admf" 127.0.0.1:0 "$W/admf.crt" "$W/admf.key" "$W/ca.crt" mdf.example "$W/admf2" >"$W/admf2.out" 2>"$W/admf2.log" &
ADMF2=$!
PIDS="$PIDS $ADMF2"
i=0
while ! grep -q listening "$W/admf2.out" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
WHO=stranger refused reload.before
x1_reload() { conf "  ne_id: $1
  admf_id: ADMF-1
  peers: [admf.example$2]
$3
  path: $4
  max_body: $5
  deactivate_all: $6
  TIME1: 1s
  TIME2: 3s
  tls: {certificate: short.crt, key: short.key}"; $CTL reload >"$W/reload"; }
x1_reload MDF-1 ', who.example' "  admf_url: https://127.0.0.1:$(sed -n 's/listening on port //p' "$W/admf2.out")/" /else 128KiB no
check x1.reload.left '1 0' "$(grep -c 'x1\.path' "$W/reload") $(grep -c 'x1\.admfs\|x1\.listen\|max_body' "$W/reload")"
cat "$W/ping" "$W/huge" >"$W/big"; post reload.max_body 200 "$W/big"
WHO=stranger x1 reload.peer oK "$(x1_msg Ping)"
x1 reload.allowed 5010 "$(x1_msg DeactivateAllTasks)"
$CTL warrant add "$W/local.yaml" >/dev/null
$CTL warrant end LOCAL >/dev/null
$CTL destination remove "$(lib_uuid 900)" >/dev/null
until_ reload.url 1 "cat $W/admf2/*.xml | grep -c 'changed by the operator: destination remove'"
x1_reload MDF-9 '' "$URL" /X1/NE 64KiB yes
check x1.reload.left-admfs '1 0' "$(grep -c 'x1\.admfs' "$W/reload") $(grep -c 'x1\.path' "$W/reload")"
x1 reload.as-it-was 5010 "$(x1_msg DeactivateAllTasks)"
x1_reload MDF-1 '' "$URL" /X1/NE 64KiB yes
check x1.reload.nothing-left 0 "$(grep -c 'x1' "$W/reload")"
WHO=stranger refused reload.peer-gone
post reload.max_body-again 413 "$W/big"
kill $ADMF2
down stops-again
check x1.audit 0 "$("$B/mdfctl" audit verify --key "$W/state/audit.pub" "$W/state/audit.log" >/dev/null 2>&1; echo $?)"
check x1.audit.refused 1 "$(grep '"event":"x1-refused"' "$W/state/audit.log" | grep -c '"result":"1030"' | awk '{ print ($1 >= 1) }')"
check x1.audit.secret 0 "$(grep -c 00101000000000 "$W/state/audit.log" "$W/mdfd.log" | awk -F: '{ n += $2 } END { print n }')"

# ================================================================ several ADMFs; what is switched off; keepalive
rm -rf "$W/state"
mkdir -p -m 700 "$W/state" "$W/state/spool" && : >"$W/state/spool/$(lib_uuid 999).hi2.0000000000000001.seg"	# of a destination that nobody has
TAPS='spool: {dir: spool, key: spool.key}'
(umask 077; head -c 32 /dev/urandom >"$W/spool.key")
conf "  path: /li/x1
  admfs:
    - {admf_id: ADMF-1, ne_id: MDF-1, peers: [admf.example], TIME_P2: 3s, admf_url: \"https://127.0.0.1:$ADMFPORT/\"}
    - {admf_id: ADMF-2, ne_id: MDF-B, peers: [admf.example], keepalive: no, deactivate_all: no, remove_all: no, delete_all_objects: no}"
up
X1PATH=/X1/NE; post X1-HTTP-004 404 "$W/ping"; X1PATH=/li/x1
two() { WHO=admf2 ADMF=ADMF-2 NE=MDF-B; }
one() { WHO=admf ADMF=ADMF-1 NE=MDF-1; }
until_ X1-SEC-013.alarms '1 0' "echo \$(reports 'spool_orphan: ' | awk '{ print (\$1 >= 1) }') \$(reports 'spool_orphan.*$(lib_uuid 999)')"
TAPS=
x1 one 'oK oK' "$(x1_msg CreateDestination "$(x1_dest 101)")" "$(x1_msg ActivateTask "$(x1_task 1 "$A" "$(x1_liid A)")")"
two
x1 two 'oK oK' "$(x1_msg CreateDestination "$(x1_dest 102)")" "$(x1_msg ActivateTask "$(x1_task 2 "$(x1_did 102)" "$(x1_liid B)")")"
x1 HO-PSH-004 3000 "$(x1_msg ActivateTask "$(x1_task 3 "$(x1_did 102)" "$(x1_liid A)")")"	# which is the other's order
x1_has HO-PSH-004.why 1 'a LIID is of an order of another owner'
x1 X1-SEC-013 '' "$(x1_msg ListAllDetails)"
x1_has X1-SEC-013.xids 1 '<xId>'
x1 not-its-own '2020 2040 2040' "$(x1_msg DeactivateTask "$(x1_xid 1)")" "$(x1_msg RemoveDestination "$A")" "$(x1_msg ActivateTask "$(x1_task 3 "$A" "$(x1_liid C)")")"
x1 not-its-name '1060 6000 2010' "$(NE=MDF-1 x1_msg Ping)" "$(x1_msg CreateDestination "$(x1_dest 101)")" "$(x1_msg ActivateTask "$(x1_task 1 "$(x1_did 102)" "$(x1_liid C)")")"
x1_has not-its-name.said 1 'it cannot be created under this DID'
x1 off '5010 8020 8550 1070' "$(x1_msg DeactivateAllTasks)" "$(x1_msg RemoveAllDestinations)" "$(x1_msg DeleteAllObjects)" "$(x1_msg Keepalive)"	# X1-TASK-020, X1-DEST-012, X1-OBJ-006
one
sleep 2
x1 X1-KA-004 '' "$(x1_msg GetNEStatus)"
sleep 2
x1 still '' "$(x1_msg GetTaskDetails "$(x1_xid 1)")"
forget
i=0
while [ $i -lt 8 ]; do x1_doc "$(ADMF=ADMF-9 x1_msg Keepalive)" >"$W/request"; x1_send "$W/request"; sleep 0.6; i=$((i + 1)); done	# X1-KA-007
until_ X1-KA-003 B "$CTL --json warrant list | jq -r '[.warrants[].liid] | join(\" \")'"	# X1-KA-006: the other's stay
x1 X1-KA-005 '' "$(x1_msg ListAllDetails)"
x1_has X1-KA-005.xids 0 '<xId>'
x1_has X1-KA-005.dids 1 '<dId>'
until_ X1-KA-008 '1 1' "echo \$(reports '<issueCode>9050\|TIME_P2') \$(reports 'heard again')"
HTTP=--http2; x1 no-strangers oK "$(x1_msg Ping)"; HTTP=--http1.1
sleep 0.3
check x1.no-strangers.told 0 "$(grep -c client_refused "$W/mdfd.log")"
# over a restart: what it was silent before counts
x1 again oK "$(x1_msg ActivateTask "$(x1_task 1 "$A" "$(x1_liid A)")")"
down stops-with-tasks
sleep 3
up
until_ restart-fail-safe B "$CTL --json warrant list | jq -r '[.warrants[].liid] | join(\" \")'"
# implicit deactivation: only where it is allowed
soon=$(date -u -d '+3 seconds' +%Y-%m-%dT%H:%M:%S.000000Z)
two
x1 implicit 'oK oK' "$(x1_msg ActivateTask "$(x1_task 5 "$(x1_did 102)" "$(x1_liid I1 HI2Only "<EndTime>$soon</EndTime>")" '' '<implicitDeactivationAllowed>true</implicitDeactivationAllowed>')")" \
	"$(x1_msg ActivateTask "$(x1_task 6 "$(x1_did 102)" "$(x1_liid I2 HI2Only "<EndTime>$soon</EndTime>")")")"
until_ X1-TASK-023 'B I2' "$CTL --json warrant list | jq -r '[.warrants[].liid] | sort | join(\" \")'"
x1 X1-TASK-024 '' "$(x1_msg ListAllDetails)"
x1_has X1-TASK-024.stays 1 "$(lib_uuid 6)"
one
down stops-at-last

# ================================================================ what it orders is delivered
LEMF_NAMES= lib_lemf lemf.example || fail x1.lemf "lemfd did not start"
KEEP="$KEEP $LEMF_PID"
PIDS=$KEEP
"$B/ligen" --out "$W/core" --expect "$W/expect.json" --subscribers 4 --sessions 1 --packets 20 --plain 2>"$W/ligen.log" || fail x1.ligen "$(tail -n 1 "$W/ligen.log")"
who=$(jq -r '[.subscribers | to_entries[] | select(.value.sessions > 0)][0].key' "$W/expect.json")
rm -rf "$W/state" "$W/fifo"
mkfifo "$W/fifo"
TAPS='taps: [{name: core, file: fifo, network_functions: {smf: smf-1, upf: upf-1, amf: amf-1}}]'
conf "$ME
$URL
  destination_profiles:
    - {match: \"agency*\", peer_name: \"{name}.example\"}
    - {peer_name: lemf.example, profile: agency}"
echo 'profiles: [{name: agency, time_form: generalized}]' >>"$W/mdfd.yaml"
X1PATH=
(exec 9>"$W/fifo"; while [ ! -f "$W/go" ]; do sleep 0.1; done; cat "$W/core" >&9) &
FEED=$!
up
x1 provisioned 'oK oK oK' "$(x1_msg CreateDestination "$(x1_dest 101 X2andX3 "$PORT" lemf)")" \
	"$(x1_msg ActivateTask "$(x1_task 1 "$A" "$(x1_liid LI-1)$(x1_liid LI-2 HI2Only)" "$(x1_target supiimsi "$who")")")" \
	"$(x1_msg ActivateTask "$(x1_task 2 "$A" "$(x1_liid LI-3)" "$(x1_target supiimsi "$who")$(x1_target ipv4Address 203.0.113.77)")")"
digest=$( (printf %s "$who"; printf '\101\027\222\374\044\323\320\227\001') | openssl dgst -sha512 -r | cut -d' ' -f1)
x1 hashed 'oK oK' "$(x1_msg CreateObject "$(hash create 302 sha-512 411792fc24d3d09701)")" "$(x1_msg ActivateTask "$(x1_task 4 "$A" "$(x1_liid LI-5)" "$(hashed 302 supiimsi "$digest")")")"
touch "$W/go"
wait $FEED
until_ X1-MDF-002 'iri cc' "$CTL --json warrant show LI-1 | jq -r '.warrant | [if .iri > 0 then \"iri\" else \"\" end, if .cc > 0 then \"cc\" else \"\" end] | join(\" \")'"
until_ X1-MDF-003 'iri ' "$CTL --json warrant show LI-2 | jq -r '.warrant | [if .iri > 0 then \"iri\" else \"\" end, if .cc > 0 then \"cc\" else \"\" end] | join(\" \")'"	# X1-MDF-004
until_ hashed.delivered 'iri cc' "$CTL --json warrant show LI-5 | jq -r '.warrant | [if .iri > 0 then \"iri\" else \"\" end, if .cc > 0 then \"cc\" else \"\" end] | join(\" \")'"
check x1.X1-TASK-007 0 "$($CTL --json warrant show LI-3 | jq -r '.warrant | .iri + .cc')"
until_ delivered 1 "ls -d $W/lemf.example/*LI-1*/hi3.ber $W/lemf.example/*LI-2*/hi2.ber 2>/dev/null | wc -l | awk '{ print (\$1 == 2) }'"
check x1.profile 'true false ' "$("$B/lidump" --json "$W"/lemf.example/*LI-1*/hi2.ber | jq -r '.pSHeader | "\(has("timeStamp")) \(has("microSecondTimeStamp"))"' | sort -u | tr '\n' ' ')"
# in octets as the agency has them on its disk, IRI and content of both LIIDs
octets() { cat "$W"/lemf.example/*LI-1*/$1.ber "$W"/lemf.example/*LI-2*/$1.ber 2>/dev/null | wc -c; }
amounts() { x1_doc "$(x1_msg GetTaskDetails "$(x1_xid 1)")" >"$W/request"; x1_send "$W/request"; sed -n 's/.*<amountOfX2Data>\([0-9]*\)<.*<amountOfX3Data>\([0-9]*\)<.*/\1 \2/p' "$W/answer"; }
until_ X1-QRY-004 same '[ "$(amounts)" = "$(octets hi2) $(octets hi3)" ] && [ "$(octets hi2)" -gt 0 ] && [ "$(octets hi3)" -gt 0 ] && echo same'
x1_has X1-QRY-004.when 1 '<timeOfLastIntercept>20'
x1_valid "$W/answer"
# a redundant set: nobody is at its preferred member
x1 redundant 'oK oK oK' "$(x1_msg CreateDestination "$(x1_dest 102 X2andX3 9 nobody)")" "$(x1_msg CreateObject "$(set_ create 310 "$(member 101 2)$(member 102 1)" Redundant)")" \
	"$(x1_msg ActivateTask "$(x1_task 3 "<dSId>$(lib_uuid 310)</dSId>" "$(x1_liid LI-4)" "$(x1_target supiimsi 999999999999999)")")"
used() { $CTL --json warrant show LI-4 | jq -r '.warrant.destinations | join(" ")'; }
check x1.set.preferred "$(lib_uuid 102)" "$(used)"
until_ X1-OBJ-010 "$DID1" used
before=$(amounts)
down delivered
up
check x1.X1-QRY-004.kept same "$(now=$(amounts); [ -n "$before" ] && [ "${now% *}" -ge "${before% *}" ] && [ "${now#* }" -ge "${before#* }" ] && echo same || echo "$before, $now")"
down delivered-again
check x1.hi4 "0 activation" "$(jq -r 'select(.event == "li-notification") | "\(.number) \(.type)"' "$W"/lemf.example/*LI-3*/events.jsonl | head -n 1)"	# HO-HI4-001
check x1.nothing-else 0 "$(cat "$W"/lemf.example/*LI-3*/hi[23].ber 2>/dev/null | wc -c)"	# that it is active its agency was told
# without x1 nobody else could end what an ADMF ordered: it is said, and the operator may
sed -i '/^x1:/,$d; /^taps:/d' "$W/mdfd.yaml"
up
check x1.nobody.told 1 "$(grep -c 'warrants were ordered over X1, and mdfd.yaml has no x1' "$W/mdfd.log")"
check x1.nobody.ends 0 "$($CTL warrant end LI-2 >/dev/null; echo $?)"
check x1.nobody.ended 'LI-1 LI-3 LI-4 LI-5' "$($CTL --json warrant list | jq -r '[.warrants[].liid] | sort | join(" ")')"
down nobody
# a service that starts with nothing says so
TAPS= MORE=', start_empty: yes'
conf "$ME
$URL"
forget
up
x1 start-empty '' "$(x1_msg ListAllDetails)"
x1_has start-empty.none 0 '<xId>\|<dId>\|<objectId>'
until_ X1-TASK-032.told 1 "reports 'the service started with an empty store'"
x1 start-empty.anew oK "$(x1_msg CreateDestination "$(x1_dest 101)")"
down empty
check x1.schemas 0 $INVALID
check x1.X1-TASK-027 0 "$DEFERRED"			# everything is done when it is answered
