#!/bin/sh
# Arrows go one way: mediation -> handover -> asn1 -> include. Each public header compiles alone.
bad=0
no() { # folder, what it may not include
	found=$(find "$1" -name '*.[ch]' -exec grep -HnE "#include [\"<]$2" {} + 2>/dev/null)
	if [ -n "$found" ]; then
		echo "$found" >&2
		echo "includes: $1 may not include that" >&2
		bad=1
	fi
}
no include/li '(mediation|handover|asn1|conformance|test)/'
no include/li '(uv|openssl/.*|pcap|sqlite3|urcu.*|yaml|talloc)\.h'
no asn1 '(mediation|handover|conformance|test)/'
no asn1 '(uv|openssl/.*|pcap|sqlite3|urcu.*|yaml)\.h'
no handover '(mediation|conformance|test)/'
no handover '(pcap|sqlite3|urcu.*|yaml)\.h'
no mediation '(conformance|test)/'
no conformance '(mediation|handover|asn1|test)/'
# the judge of the suite is independent of the product: three headers, no more
if find conformance -name '*.[ch]' -exec grep -HnE '#include <li/' {} + 2>/dev/null | grep -vE '<li/(err|limits|ids)\.h>' >&2; then bad=1; fi
# only the adapters see generated headers and the runtime
if grep -lE '#include <(asn_|constr_|asn1c/|[A-Z][A-Za-z0-9-]*\.h)' $(find asn1 handover mediation -name '*.[ch]' | grep -v '/gen_') /dev/null; then
	echo "includes: only asn1/gen_*.c may see generated headers" >&2
	bad=1
fi
# the HTTP libraries are behind http.h
if find asn1 handover mediation -name '*.[ch]' ! -name http_one.c ! -name http_two.c -exec grep -Hn '#include <nghttp2/\|#include <http_parser' {} + >&2; then
	echo "includes: only mediation/http_one.c and http_two.c may see the HTTP libraries" >&2
	bad=1
fi
# and the XML library is X1's codec's
if find asn1 handover mediation -name '*.[ch]' -exec grep -Hn '#include <libxml/' {} + | grep -v '^mediation/x1/' >&2; then
	echo "includes: only mediation/x1/ may see the XML library" >&2
	bad=1
fi
for h in include/li/*.h; do
	echo "#include <${h#include/}>" | ${CC:-gcc} -Iinclude -std=c17 -Wall -Wextra -Werror -fsyntax-only -x c - || bad=1
done
[ $bad -eq 0 ] && echo 'includes ok'
exit $bad
