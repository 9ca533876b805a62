#!/bin/sh
# What our decoders of PFCP, NGAP and NAS read in a capture is what tshark reads: the same values of the same fields in
# the same frames. tshark is the judge; lidissect says what we read. NAS that is really ciphered is gibberish to both:
# of such a message only its security header is compared.
set -u
name=proto_tshark
captures=$SHARED/captures
command -v tshark >/dev/null || { echo "skipped: $name: no tshark"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL

pfcp="msg_type seid seqno cause node_id_ipv4 node_id_ipv6 recovery_time_stamp f_seid.ipv4 f_seid.ipv6 user_id.imei
	user_id.nai pdn_type apn_dnn s_nssai_sst.sst pdr_id source_interface tgpp_interface_type f_teid.teid f_teid.ipv4_addr
	f_teid.ipv6_addr f_teid.choose_id ue_ip_addr_ipv4 ue_ip_addr_ipv6 network_instance qfi_value far_id dst_interface
	outer_hdr_creation.teid outer_hdr_creation.ipv4 outer_hdr_creation.ipv6 apply_action.forw ul_mbr dl_mbr ul_gbr dl_gbr
	volume_measurement.tovol volume_measurement.ulvol volume_measurement.dlvol time_of_first_packet time_of_last_packet"
ngap="procedureCode AMF_UE_NGAP_ID RAN_UE_NGAP_ID fiveG_TMSI HandoverType RANNodeName AMFName radioNetwork transport nas
	protocol misc NRCellIdentity EUTRACellIdentity tAC timeStamp pDUSessionID gTP_TEID TransportLayerAddressIPv4
	TransportLayerAddressIPv6 PDUSessionType aMFRegionID aMFSetID aMFPointer sST sD qosFlowIdentifier"
nas="security_header_type mm.message_type sm.message_type 5g_tmsi mm.imeisv mm.5gs_reg_type mm.reg_res.res mm.5gmm_cause
	sm.5gsm_cause mm.nas_sec_algo_enc sm.pdu_addr_inf_ipv4 cmn.dnn mm.suci.msin proc_trans_id mm.req_type mm.sst mm.mm_sd amf_region_id
	amf_set_id amf_pointer"
fields=$(for f in $pfcp; do echo "pfcp.$f"; done; for f in $ngap; do echo "ngap.$f"; done
	for f in $nas; do echo "nas_5gs.$f"; done; echo e212.imsi; echo e164.msisdn
	for f in supi gpsi pei; do echo "pfcp.user_id.$f"; done; echo ngap.aMFNameVisibleString; echo ngap.NGAP_PDU)
fields=$(echo $fields)
options=$(for f in $fields; do printf ' -e %s' "$f"; done)

# frame, field, value; a field that stands in a frame several times gives several lines. PFCP inside ICMP errors and
# NGAP inside HTTP are not on the wire of N4 and N2; a frame that tshark itself cannot read to its end is no judgement.
# Left out are values of elements that we step over: what a RAN node or an AMF serves (NG Setup, 21), slices that a UE may use or
# asks for (only those of sessions are compared, in procedures 13, 26 and 29 and in UL NAS Transport), procedures
# that do not concern us, QoS flows that are asked for (compared are those that the RAN has accepted), address pools of a UP function
# (5, 6), data reports (56), IMEISVs that have not 16 digits.
judge() {
	# shellcheck disable=SC2086
	tshark -r "$1" -o nas-5gs.null_decipher:TRUE -Y '(pfcp || (ngap && sctp)) && !icmp && !_ws.malformed' -T fields \
		-E occurrence=a -E aggregator='~' -e frame.number $options 2>/dev/null |
	awk -F '\t' -v names="$fields" '
		BEGIN { n = split(names, name, " "); for (i = 1; i <= n; i++) col[name[i]] = i + 1 }
		function ours(f, v,    proc, type) {
			proc = $col["ngap.procedureCode"]
			type = $col["pfcp.msg_type"]
			if (f ~ /^ngap/ && f != "ngap.procedureCode" && proc ~ /^(44|9|24|43|45)$/) return 0
			if (f ~ /^ngap.(tAC|sST|sD|aMF(Region|Set)ID|aMFPointer)$/ && proc == 21) return 0
			if (f ~ /^ngap.s(ST|D)$/ && proc !~ /^(13|26|29)$/) return 0
			if (f ~ /^nas_5gs.mm.(sst|mm_sd)$/ && $col["nas_5gs.mm.message_type"] !~ /0x67/) return 0
			if (f == "ngap.NGAP_PDU") return 0
			if (f == "ngap.qosFlowIdentifier" && (proc $col["ngap.NGAP_PDU"]) !~ /^(13|14|26|29)1$|^(25|27)0$/) return 0
			if (f == "pfcp.network_instance" && type ~ /^[56]$/) return 0
			if (f ~ /^pfcp.(pdr_id|qfi_value)$/ && type == 56) return 0
			if (f == "nas_5gs.mm.imeisv" && length(v) != 16) return 0
			if (v == "") return 0
			return 1
		}
		{ print $1 "\tframe\t"
		  for (i = 2; i <= NF; i++) {
			k = split($i, v, "~")
			for (j = 1; j <= k; j++) {
				f = name[i - 1]
				if (f == "ngap.aMFNameVisibleString") f = "ngap.AMFName"
				if (sub(/^imsi-/, "", v[j])) f = "e212.imsi"
				if (sub(/^msisdn-/, "", v[j])) f = "e164.msisdn"
				if (sub(/^imei-/, "", v[j])) f = "pfcp.user_id.imei"
				if (f == "pfcp.user_id.supi" && sub(/^nai-/, "", v[j])) f = "pfcp.user_id.nai"
				if (ours(f, v[j])) print $1 "\t" f "\t" v[j]
			}
		  } }'
}

ours() {
	"$B/lidissect" "$1" | awk -F '\t' -v names="$fields" '
		BEGIN { split(names, n, " "); for (i in n) want[n[i]] = 1 }
		NR == FNR { if ($2 == "frame") judged[$1] = 1; next }
		$2 == "ngap.procedureCode" { proc[$1] = $3 }
		$2 ~ /^ngap.s(ST|D)$/ && proc[$1] == 14 { next }
		$1 in judged && $2 in want' "$2" -
}

# our own messages of every kind (test/gen/protovec.h) are judged like the captures
"$B/protovec" "$work/made.pcap" || echo "FAIL $name.made: protovec"
# and so is the traffic of the generator, over either family of addresses, and its handovers with data forwarding; without
# cipher, because noise is no message to anybody
generate() { "$B/ligen" --subscribers 30 --sessions 3 --out "$work/$1.pcap" $2 2>/dev/null || echo "FAIL $name.$1: ligen"; }
generate 5g-generated4 "--seed 7 --nea2 0 --forward 0"
generate 5g-generated6 "--seed 8 --nea2 0 --forward 0 --ipv6"
generate made-moving "--seed 9 --nea2 0 --handover 80 --n2-handover 100 --forward 100"
for f in "$work"/made*.pcap "$work"/5g-generated?.pcap "$captures"/5g-*.pcap* "$captures"/pfcp-*.pcap; do
	[ -f "$f" ] || continue
	capture=$(basename "$f")
	judge "$f" >"$work/all"
	[ -s "$work/all" ] || continue
	grep -v '	frame	' "$work/all" | sort >"$work/judge"
	ours "$f" "$work/all" | sort >"$work/ours"
	# vectors with every element that there is, at any place, and our own with those that we step over (forwarding
	# tunnels, causes of QoS flows): here ours must be among tshark's, and the headers the same
	if [ "${capture%%-*}" = pfcp ] || [ "${capture#made}" != "$capture" ]; then
		grep -E '	(pfcp\.(msg_type|seqno)|nas_5gs\.[ms]m\.message_type)	' "$work/judge" >"$work/headers"
		comm -12 "$work/judge" "$work/ours" | sort - "$work/headers" | uniq >"$work/some"
		sort -u "$work/ours" >"$work/others"
		mv "$work/some" "$work/judge"
		mv "$work/others" "$work/ours"
	fi
	if diff "$work/judge" "$work/ours" >"$work/diff"; then
		echo "ok $name.$capture ($(wc -l <"$work/ours") values)"
	else
		echo "FAIL $name.$capture: $(grep -c '^<' "$work/diff") values of tshark that we lack," \
			"$(grep -c '^>' "$work/diff") too many"
		head -n 40 "$work/diff" >&2
	fi
done
[ -d "$captures" ] || echo "skipped: $name: no captures"
