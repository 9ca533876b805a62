/*
 * fuzz_x1.c: X1 documents. Whatever is read can be answered, and the answer is read again; a fragment that was kept reads as the
 * same fragment, and fits every version; what an error says is printable and short.
 */
#include <stdlib.h>

#include "mediation/x1/x1_frag.h"
#include "mediation/x1/x1_read.h"
#include "mediation/x1/x1_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void kept(struct x1_reader *r, struct view xml, unsigned young, int kind)
{
	struct x1_arena *a = x1_arena_new();
	struct view again = { NULL, 0 };
	struct x1_object object;
	struct x1_task task;
	struct x1_dest dest;
	struct buf b;

	must(a != NULL);
	if (kind == 0) {
		must(x1_read_task(r, xml, a, &task) == LI_OK);
		again = task.xml;
	} else if (kind == 1) {
		must(x1_read_dest(r, xml, a, &dest) == LI_OK);
		again = dest.xml;
	} else {
		must(x1_read_object(r, xml, a, &object) == LI_OK);
		again = object.xml;
	}
	must(view_eq(again, xml));
	for (unsigned minor = 0; minor < young; minor += 6) {
		buf_init(&b, 0);
		must(x1_frag_fit(xml, minor, &b) == LI_OK);
		buf_fini(&b);
	}
	x1_arena_free(a);
}

static void answer(struct x1_out *o, const struct x1_msg *m)
{
	struct x1_task_state t = { .xml = m->u.task.xml, .young = m->u.task.young };
	struct x1_head head = m->head;	/* with our own time */
	char text[400];

	head.time = 0;
	if (m->error.code) {
		must(m->error.text.n < sizeof(text));
		for (size_t i = 0; i < m->error.text.n; i++)
			must(m->error.text.p[i] >= 0x20 && m->error.text.p[i] < 0x7f);
		memcpy(text, m->error.text.p, m->error.text.n);
		text[m->error.text.n] = 0;
		x1_out_error(o, &head, m, m->error.code, text);
	} else if (m->type == X1_ACTIVATE_TASK || m->type == X1_MODIFY_TASK) {
		x1_out_task_details(o, &head, &t);
	} else {
		x1_out_ok(o, &head, X1_PING, true);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct x1_reader *r;
	struct x1_doc *d, *e;
	struct x1_top top;
	struct x1_out o;
	struct buf b;

	if (!r)
		r = x1_reader_new(NULL);
	must(r != NULL);
	if (x1_read(r, view_of(data, size), &d, &top)) {
		must(top.why != NULL);
		return 0;
	}
	for (size_t i = 0; d->root == X1_REQUEST && i < d->n; i++) {
		const struct x1_msg *m = &d->msg[i];

		if (m->error.code)
			continue;
		if (m->type == X1_ACTIVATE_TASK || m->type == X1_MODIFY_TASK)
			kept(r, m->u.task.xml, m->u.task.young, 0);
		else if (m->type == X1_CREATE_DESTINATION || m->type == X1_MODIFY_DESTINATION)
			kept(r, m->u.dest.xml, m->u.dest.young, 1);
		else if (m->type == X1_CREATE_OBJECT || m->type == X1_MODIFY_OBJECT)
			kept(r, m->u.object.xml, m->u.object.young, 2);
	}
	if (d->root == X1_REQUEST && d->n <= LI_X1_MESSAGES / 2) {
		buf_init(&b, 0);
		x1_out_begin(&o, &b, true);
		for (size_t i = 0; i < d->n; i++)
			answer(&o, &d->msg[i]);
		must(x1_out_end(&o) == LI_OK);
		if (b.n < LI_X1_OCTETS) {
			must(x1_read(r, buf_view(&b), &e, &top) == LI_OK && e->n == d->n);
			x1_doc_free(e);
		}
		buf_fini(&b);
	}
	x1_doc_free(d);
	return 0;
}
