/* account_objects.c: objects that lemfd has put together of segments: each event names a file and its hash; is it there, and as it was? */
#include "handover/report/account_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "handover/lemf_line.h"

static int nibble(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hash_of(struct view hex, uint8_t to[32])
{
	bool good = hex.n == 64;

	for (size_t i = 0; i < 32 && good; i++) {
		int high = nibble(hex.p[2 * i]), low = nibble(hex.p[2 * i + 1]);

		good = high >= 0 && low >= 0;
		if (good)
			to[i] = (uint8_t)(high << 4 | low);
	}
	return good;
}

enum li_err account_object(struct account *a, struct view line)
{
	struct account_object o = { .state = OBJECT_GONE };
	struct view members, file, sha;
	size_t n = a->n_objects;

	if (!lemf_line_is(line, "object", &members) || !lemf_line_text(members, "file", &file) || !lemf_line_text(members, "sha256", &sha) ||
	    file.n >= sizeof(o.file) || !hash_of(sha, o.sha256))
		return LI_OK;
	memcpy(o.file, file.p, file.n);
	o.from = (uint32_t)lemf_line_number(members, "\"from\":");
	o.to = (uint32_t)lemf_line_number(members, "\"to\":");
	o.octets = lemf_line_number(members, "\"octets\":");
	if (n >= ACCOUNT_OBJECTS_MAX)
		return LI_ELIMIT;
	if (!(n & (n - 1))) {
		struct account_object *p = realloc(a->object, (n ? 2 * n : 1) * sizeof(*p));

		if (!p)
			return LI_ENOMEM;
		a->object = p;
	}
	a->object[a->n_objects++] = o;
	return LI_OK;
}

static int by_file(const void *a, const void *b)
{
	return strcmp(((const struct account_object *)a)->file, ((const struct account_object *)b)->file);
}

static enum li_err look(struct account *a, struct account_object *o)
{
	uint8_t sha256[32];
	uint64_t octets;
	enum li_err e = folder_hash(a->folder, o->file, &octets, sha256);

	if (!e)
		o->state = octets == o->octets && memcmp(sha256, o->sha256, sizeof(sha256)) == 0 ? OBJECT_GOOD : OBJECT_DIFFERS;
	a->totals.objects++;
	a->totals.objects_bad += o->state != OBJECT_GOOD;
	return e == LI_ENOTFOUND ? LI_OK : e;
}

enum li_err account_objects(struct account *a)
{
	enum li_err e = LI_OK;

	/* numbers that began anew give a name again, and the later object has taken the file: of each name one is enough to know */
	if (a->n_objects > 1)
		qsort(a->object, a->n_objects, sizeof(*a->object), by_file);
	for (size_t i = 0; i < a->n_objects && !e; ) {
		size_t end = i + 1;

		e = look(a, &a->object[i]);
		for (; !e && end < a->n_objects && strcmp(a->object[end].file, a->object[i].file) == 0; end++)
			if (a->object[i].state == OBJECT_DIFFERS) {
				struct account_object last = a->object[end];

				a->totals.objects--;
				a->totals.objects_bad--;
				e = look(a, &last);
				a->object[i] = last;
			}
		if (!e && a->ops->object)
			e = a->ops->object(a->arg, &a->object[i]);
		i = end;
	}
	return e;
}
