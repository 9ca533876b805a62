#!/bin/sh
# lemfd against a mediation function that shares nothing with it: test/interop/mf.py, DER by hand and the standard library's TLS. What lemfd sends is held to DER
# there. HO-ENC-011, HO-ENC-014, HO-ENC-015, HO-ENC-016, HO-ENC-017, HO-ENC-018, HO-KA-005, HO-OPT-012; those of options stand in mf.py
. test/lib.sh
command -v python3 >/dev/null || { skip interop_lemfd "no python3"; exit 0; }
lib_begin interop_lemfd
lib_certs mdf.example answer.example ask.example decline.example none.example || { fail interop_lemfd "no certificates"; exit 1; }
export PYTHONDONTWRITEBYTECODE=1
openssl ecparam -name prime256v1 -genkey -noout -out "$W/signer.key" 2>/dev/null && openssl pkey -in "$W/signer.key" -pubout -out "$W/signer.pem"
openssl genpkey -algorithm ed25519 -out "$W/ed.key" 2>/dev/null && openssl pkey -in "$W/ed.key" -pubout -out "$W/ed.pem"
python3 -c 'print(bytes(range(1, 33)).hex())' >"$W/aes256.key" && chmod 600 "$W/aes256.key"
keys="--signer $W/signer.pem --signer $W/ed.pem --payload-key AES-256-CBC:$W/aes256.key"
ports=
for word in answer ask decline none; do
	LEMF_NAMES="--options $word --negotiation-wait 2s $keys"
	lib_lemf $word.example || { fail interop_lemfd.start "lemfd does not listen"; exit 1; }
	ports="$ports $word=$PORT"
done
# shellcheck disable=SC2086
python3 test/interop/mf.py "$W" $ports || tail -n 3 "$W"/*.log >&2
lib_end
# shellcheck disable=SC2086
"$B/lemfd" verify $keys "$W/answer.example" >"$W/verify"
check interop_lemfd.verify "LI-h2 LI-h3 LI-h4 LI-s " "$(sed -n 's/^NL-OP01-\([^ ]*\) .*  bad$/\1/p' "$W/verify" | tr '\n' ' ')"
check interop_lemfd.verify_encrypted good "$(sed -n 's/^NL-OP01-LI-e .* //p' "$W/verify")"
"$B/lidump" --json --payload-key "AES-256-CBC:$W/aes256.key" "$W/answer.example/NL-OP01-LI-e/hi2.ber" >"$W/json"
check interop_lemfd.lidump 20 "$(grep -c '"encryptedPayload": {"byteCounter"' "$W/json")"
"$B/lemfd" --listen 127.0.0.1:0 --cert x --key x --ca x --out x --name x --options maybe 2>"$W/wrong"; check interop_lemfd.wrong_options "2 1" "$? $(grep -c 'takes answer, ask, decline or none' "$W/wrong")"
"$B/lemfd" --listen 127.0.0.1:0 --cert x --key x --ca x --out x --name x --negotiation-wait 0 2>"$W/wrong"; check interop_lemfd.wrong_wait "2 1" "$? $(grep -c 'negotiation-wait takes a time' "$W/wrong")"
