/* fuzz_show.c: JSON as an answer of the control socket, as mdfctl shows it: nothing that stands in it can move the cursor of a
 * terminal. The first octet chooses who shows it, and which columns. */
#include <stdio.h>
#include <stdlib.h>

#include "mediation/show.h"
#include "mediation/show_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const columns[] = { NULL, "name", "liid xid state", "a b c d e f g h i j k l m n o p q r s t u v w x y z" };
	struct json_doc d;
	char *text = NULL;
	size_t n = 0;
	FILE *out;

	if (size < 2 || json_read(view_of(data + 1, size - 1), &d))
		return 0;
	out = d.node[0].kind == JSON_OBJECT ? open_memstream(&text, &n) : NULL;	/* what is no object mdfctl refuses itself */
	if (out) {
		if (data[0] % 3 == 0)
			show_answer(out, &d, columns[data[0] >> 2 & 3]);
		else if (data[0] % 3 == 1)
			show_status(out, &d);
		else
			show_counters(out, &d);
		fclose(out);
		for (size_t i = 0; i < n; i++)
			if (((unsigned char)text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f ||
			    (i && (unsigned char)text[i - 1] == 0xc2 && (unsigned char)text[i] >= 0x80 && (unsigned char)text[i] < 0xa0))
				abort();
		free(text);
	}
	json_doc_fini(&d);
	return 0;
}
