/*
 * test_x1_memory.c: X1's reader where the XML library finds no memory while it builds the tree, at every place where it asks for
 * some: the document is refused, or read as what it is; never as a part of it. (Where its validator finds none, the library
 * itself is lost: 2.9.14 does not look.)
 */
#include <libxml/parser.h>
#include <libxml/xmlmemory.h>

#include "mediation/x1/x1_xml.h"

#include "test/x1_made.h"

static struct x1_reader *reader;
static long left = -1;	/* which allocation finds none, from here; -1: every one finds some */
static long asked;

static bool none(void)
{
	asked++;
	return left >= 0 && left-- == 1;
}

static void *get(size_t n)
{
	return none() ? NULL : malloc(n);
}

static void *resize(void *p, size_t n)
{
	return none() ? NULL : realloc(p, n);
}

static char *copy(const char *s)
{
	return none() ? NULL : strdup(s);
}

static struct view fragment(const struct x1_doc *d)
{
	const struct x1_msg *m = &d->msg[0];

	return m->type == X1_ACTIVATE_TASK ? m->u.task.xml : m->type == X1_CREATE_DESTINATION ? m->u.dest.xml : m->u.object.xml;
}

static void object(struct maker *m)
{
	make_object(m, "createObject");
}

/* A document read with each of its tree's allocations failing, one at a time. */
static void starved(uint64_t seed, const char *type, void (*body)(struct maker *m))
{
	struct buf b;
	struct maker m = { .b = &b, .seed = seed, .whim = seed, .release = "r18:v6" };
	struct x1_doc *good = NULL;
	struct x1_top top;
	xmlDocPtr tree;
	long all;

	buf_init(&b, 0);
	make_document(&m, type, body);
	CU_ASSERT_EQUAL_FATAL(x1_read(reader, buf_view(&b), &good, &top), LI_OK);
	CU_ASSERT_EQUAL(good->msg[0].error.code, 0);
	asked = 0;
	CU_ASSERT_EQUAL(x1_xml_parse(buf_view(&b), &x1_limits_default, &tree, &top.why), LI_OK);
	all = asked;
	xmlFreeDoc(tree);
	CU_ASSERT(all > 50);
	for (long n = 1; n <= all; n++) {
		struct x1_doc *d = NULL;
		enum li_err e;

		left = n;
		e = x1_read(reader, buf_view(&b), &d, &top);
		left = -1;
		CU_ASSERT(e == LI_OK || e == LI_ENOMEM || e == LI_EFORMAT);
		CU_ASSERT(e == LI_OK || (d == NULL && top.why));
		if (!e && !d->msg[0].error.code)
			CU_ASSERT(view_eq(fragment(d), fragment(good)));
		x1_doc_free(d);
	}
	x1_doc_free(good);
	CU_ASSERT_EQUAL(x1_read(reader, buf_view(&b), &good, &top), LI_OK);	/* and the reader is as it was */
	CU_ASSERT_EQUAL(good->msg[0].error.code, 0);
	x1_doc_free(good);
	buf_fini(&b);
}

static void documents(void)
{
	for (uint64_t i = 1; i <= unit_rounds(20); i++) {
		starved(i, "ActivateTaskRequest", make_task);
		starved(i, "CreateDestinationRequest", make_dest);
		starved(i, "CreateObjectRequest", object);
	}
}

static void set_up(void)
{
	CU_ASSERT_EQUAL_FATAL(xmlMemSetup(free, get, resize, copy), 0);	/* before the library is used at all */
	reader = x1_reader_new(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
}

static void tear_down(void)
{
	x1_reader_free(reader);
}

UNIT_MAIN("x1_memory", UNIT(set_up), UNIT(documents), UNIT(tear_down))
