#!/bin/sh
# lemfd against a mediation function that shares nothing with it: test/interop/mf.py, DER by hand and the standard library's TLS. What lemfd sends is held to DER
# there. HO-ENC-011, HO-ENC-014, HO-ENC-015, HO-ENC-016, HO-ENC-017, HO-ENC-018, HO-KA-005, HO-OPT-012; those of options stand in mf.py
. test/lib.sh
command -v python3 >/dev/null || { skip interop_lemfd "no python3"; exit 0; }
lib_begin interop_lemfd
lib_certs mdf.example answer.example ask.example decline.example none.example || { fail interop_lemfd "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
ports=
for word in answer ask decline none; do
	LEMF_NAMES="--options $word --negotiation-wait 2s"
	lib_lemf $word.example || { fail interop_lemfd.start "lemfd does not listen"; exit 1; }
	ports="$ports $word=$PORT"
done
# shellcheck disable=SC2086
python3 test/interop/mf.py "$W" $ports || tail -n 3 "$W"/*.log >&2
lib_end
check interop_lemfd.verify 0 "$("$B/lemfd" verify "$W/answer.example" | grep -c '  bad$')"
"$B/lemfd" --listen 127.0.0.1:0 --cert x --key x --ca x --out x --name x --options maybe 2>"$W/wrong"; check interop_lemfd.wrong_options "2 1" "$? $(grep -c 'takes answer, ask, decline or none' "$W/wrong")"
"$B/lemfd" --listen 127.0.0.1:0 --cert x --key x --ca x --out x --name x --negotiation-wait 0 2>"$W/wrong"; check interop_lemfd.wrong_wait "2 1" "$? $(grep -c 'negotiation-wait takes a time' "$W/wrong")"
