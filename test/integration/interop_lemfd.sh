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
for n in dsa dsa2; do openssl genpkey -paramfile test/interop/dsa.pem -out "$W/$n.key" 2>/dev/null; done
openssl pkey -in "$W/dsa.key" -pubout -out "$W/dsa.pem"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$W/p384.key" 2>/dev/null && openssl pkey -in "$W/p384.key" -pubout -out "$W/p384.pem"
python3 -c 'print(bytes(range(1, 33)).hex())' >"$W/aes256.key" && chmod 600 "$W/aes256.key"
python3 -c 'print(bytes(range(101, 125)).hex())' >"$W/aes192.key" && chmod 600 "$W/aes192.key"
keys="--signer $W/signer.pem --signer $W/ed.pem --signer $W/dsa.pem --signer $W/p384.pem --payload-key AES-256-CBC:$W/aes256.key --payload-key AES-192-CBC:$W/aes192.key"
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
check interop_lemfd.verify "LI-bbit LI-bblock LI-bcipher LI-bfirst LI-bnational LI-bnothing LI-boctets LI-bother LI-bpadding LI-d LI-h2 LI-h3 LI-h4 LI-s LI-x " "$(sed -n 's/^NL-OP01-\([^ ]*\) .*  bad$/\1/p' "$W/verify" | tr '\n' ' ')"
check interop_lemfd.verify_encrypted good "$(sed -n 's/^NL-OP01-LI-e .* //p' "$W/verify")"
"$B/lidump" --json --payload-key "AES-256-CBC:$W/aes256.key" "$W/answer.example/NL-OP01-LI-e/hi2.ber" >"$W/json"
check interop_lemfd.lidump 20 "$(grep -c '"encryptedPayload": {"byteCounter"' "$W/json")"
# with another's key, or none, lidump shows what came; so it does of what cannot be opened
for key in "--payload-key AES-192-CBC:$W/aes192.key" ""; do
	# shellcheck disable=SC2086
	check "interop_lemfd.lidump_without${key:+_its_key}" 20 "$("$B/lidump" --json $key "$W/answer.example/NL-OP01-LI-e/hi2.ber" | grep -c '"encryptionType": "aES-256-CBC", "encryptedPayload": "[0-9a-f]*"')"
done
for n in octets block nothing first padding; do
	check "interop_lemfd.lidump_$n" 1 "$("$B/lidump" --json --payload-key "AES-256-CBC:$W/aes256.key" "$W/answer.example/NL-OP01-LI-b$n/other.ber" |
		grep -c '"encryptionType": "aES-256-CBC", "encryptedPayload": "[0-9a-f]*"')"
done
"$B/lemfd" --listen 127.0.0.1:0 --cert x --key x --ca x --out x --name x --options maybe 2>"$W/wrong"; check interop_lemfd.wrong_options "2 1" "$? $(grep -c 'takes answer, ask, decline or none' "$W/wrong")"
"$B/lemfd" --listen 127.0.0.1:0 --cert x --key x --ca x --out x --name x --negotiation-wait 0 2>"$W/wrong"; check interop_lemfd.wrong_wait "2 1" "$? $(grep -c 'negotiation-wait takes a time' "$W/wrong")"
