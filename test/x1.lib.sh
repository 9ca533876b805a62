# x1.lib.sh: an ADMF in shell: X1 messages, sent by curl over HTTPS, their answers held against the schemas (ours, and the published ones
# where they are at hand). Uses B and W of lib.sh.

X1_NS='xmlns="http://uri.etsi.org/03221/X1/2017/10" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:c="http://uri.etsi.org/03280/common/2017/07" xmlns:h="http://uri.etsi.org/03221/X1/2017/10/HashedID" xmlns:s="http://uri.etsi.org/03221/X1/2017/10/DestinationSet"'
ADMF=ADMF-1 NE=MDF-1 VERSION=v1.11.1 WHO=admf HTTP=--http1.1

x1_uuid() { cat /proc/sys/kernel/random/uuid; }
# x1_msg TYPE [BODY]: one message, by ADMF, NE, VERSION and TID (a new one where that is empty)
x1_msg() {
	printf '<x1RequestMessage xsi:type="%sRequest"><admfIdentifier>%s</admfIdentifier><neIdentifier>%s</neIdentifier><messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>%s</version><x1TransactionId>%s</x1TransactionId>%s</x1RequestMessage>' \
		"$1" "$ADMF" "$NE" "$VERSION" "${TID:-$(x1_uuid)}" "${2:-}"
}
x1_doc() { printf '<?xml version="1.0" encoding="UTF-8"?>\n<X1Request %s>%s</X1Request>\n' "$X1_NS" "$*"; }
# x1_dest N [KIND [PORT [NAME]]]
x1_dest() {
	printf '<destinationDetails><dId>%s</dId>%s<deliveryType>%s</deliveryType><deliveryAddress><ipAddressAndPort><c:address><c:IPv4Address>127.0.0.1</c:IPv4Address></c:address><c:port><c:TCPPort>%s</c:TCPPort></c:port></ipAddressAndPort></deliveryAddress></destinationDetails>' \
		"$(lib_uuid "$1")" "${4:+<friendlyName>$4</friendlyName>}" "${2:-X2andX3}" "${3:-9}"
}
x1_did() { printf '<dId>%s</dId>' "$(lib_uuid "$1")"; }
x1_xid() { printf '<xId>%s</xId>' "$(lib_uuid "$1")"; }
# x1_liid LIID [DELIVERY [MORE]]
x1_liid() { printf '<mediationDetails><LIID>%s</LIID><deliveryType>%s</deliveryType>%s</mediationDetails>' "$1" "${2:-HI2andHI3}" "${3:-}"; }
# x1_task N LISTS(dIds and dSIds) MEDIATION [TARGET [MORE]]
x1_task() {
	printf '<taskDetails><xId>%s</xId><targetIdentifiers>%s</targetIdentifiers><deliveryType>X2Only</deliveryType><listOfDIDs>%s</listOfDIDs>%s%s</taskDetails>' \
		"$(lib_uuid "$1")" "${4:-<targetIdentifier><supiimsi>001010000000001</supiimsi></targetIdentifier>}" "$2" \
		"${3:+<listOfMediationDetails>$3</listOfMediationDetails>}" "${5:-}"
}
x1_target() { printf '<targetIdentifier><%s>%s</%s></targetIdentifier>' "$1" "$2" "$1"; }

# issue NAME SUBJECT [SAN]: a certificate that bears who it is to X1 (its UID); after lib_certs
issue() {
	printf 'subjectAltName=%s\n' "${3:-DNS:admf.example,IP:127.0.0.1}" >"$W/ext"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$W/$1.key" -out "$W/$1.csr" 2>/dev/null &&
		openssl x509 -req -in "$W/$1.csr" -CA "$W/ca.crt" -CAkey "$W/ca.key" -CAcreateserial -days 90 -extfile "$W/ext" -out "$W/$1.crt" 2>/dev/null
	chmod 600 "$W/$1.key"
}

# x1_schemas: drivers that say where each namespace lies (the published ones do not).
x1_schemas() {
	x1_s=$(cd "${SHARED:-../shared}/spec/xsd" 2>/dev/null && pwd)
	x1_o=$(pwd)/mediation/x1
	driver() { # FILE COMMON X1 HASHED SET 3GPP
		printf '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="http://uri.etsi.org/03280/common/2017/07" schemaLocation="%s"/><xs:import namespace="http://uri.etsi.org/03221/X1/2017/10" schemaLocation="%s"/><xs:import namespace="http://uri.etsi.org/03221/X1/2017/10/HashedID" schemaLocation="%s"/><xs:import namespace="http://uri.etsi.org/03221/X1/2017/10/DestinationSet" schemaLocation="%s"/><xs:import namespace="urn:3GPP:ns:li:3GPPX1Extensions:r19:v2" schemaLocation="%s"/></xs:schema>' \
			"$2" "$3" "$4" "$5" "$6" >"$1"
	}
	PUBLISHED=
	[ -n "$x1_s" ] && [ -f "$x1_s/TS_103_221_01.xsd" ] && PUBLISHED="$W/published.xsd" &&
		driver "$PUBLISHED" "$x1_s/TS_103_280.xsd" "$x1_s/TS_103_221_01.xsd" "$x1_s/TS_103_221_01_HashedID.xsd" "$x1_o/x1_set.xsd" "$x1_s/urn_3GPP_ns_li_3GPPX1Extensions.xsd"
	return 0
}
# x1_valid FILE: how many answers were no good is in INVALID
INVALID=0 DEFERRED=0
x1_valid() {
	[ -n "$PUBLISHED" ] || return 0
	xmllint --noout --nonet --schema "$PUBLISHED" "$1" 2>"$W/xmllint.err" || { INVALID=$((INVALID + 1)); cp "$1" "$W/invalid.$INVALID"; head -n 3 "$W/xmllint.err" >&2; }
}

# x1_send FILE [curl's options]: W/answer, STATUS
x1_send() {
	x1_file=$1
	shift
	STATUS=$(curl -sS $HTTP --max-time 30 --cacert "$W/ca.crt" --cert "$W/$WHO.crt" --key "$W/$WHO.key" --resolve "mdf.example:$X1PORT:127.0.0.1" \
		-H 'Content-Type: application/xml' -H 'Expect:' --data-binary "@$x1_file" -o "$W/answer" -D "$W/head" -w '%{http_code}' "$@" \
		"https://mdf.example:$X1PORT${X1PATH:-/X1/NE}" 2>"$W/curl.err")
}
# x1_codes FILE: what became of each message
x1_codes() { awk -v RS='<' '/^oK>/ { printf "%soK", s; s = " " } /^errorInformation>/ { e = 1 } /^errorCode>/ && e { e = 0; sub("errorCode>", ""); printf "%s%s", s, $0; s = " " } /^X1TopLevelError/ { printf "top" }' "$1"; }
# x1 NAME WANT MESSAGES...: one container
x1() {
	x1_name=$1 x1_want=$2
	shift 2
	x1_doc "$@" >"$W/request"
	: >"$W/answer"
	x1_send "$W/request"
	x1_valid "$W/answer"
	DEFERRED=$((DEFERRED + $(grep -c '<oK>Acknowledged<' "$W/answer")))
	check "x1.$x1_name" "200 $x1_want" "$STATUS $(x1_codes "$W/answer")"
}
# x1_has NAME WANT(0 or 1...) PATTERN: how often the last answer has it
x1_has() { check "x1.$1" "$2" "$(grep -o -e "$3" "$W/answer" | wc -l)"; }
