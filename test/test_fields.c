#include "asn1/fields.h"
#include "unit.h"

static const struct field_set *const sets[] = { &fields_ts33128, &fields_ts33128ia, &fields_ps };

/* Every index and pointer of the tables leads somewhere; tags and values are unique where they must be. */
static void sound(void)
{
	unsigned twice = 0;

	for (size_t s = 0; s < 3; s++)
		for (size_t i = 0; i < sets[s]->n; i++) {
			const struct field_type *t = &sets[s]->types[i];
			bool of = t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF;

			CU_ASSERT(t->kind <= FIELD_GENERALIZED_TIME && t->of < sets[s]->n && (of || t->of == 0));
			CU_ASSERT(!t->limited || (uint64_t)t->lo <= t->hi);
			CU_ASSERT(!t->name[0] || field_find(sets[s], t->name) != NULL);
			for (size_t k = 0; t->kind <= FIELD_CHOICE && k < t->n; k++) {
				const struct field_member *m = &t->members[k];

				CU_ASSERT(m->type < sets[s]->n && m->name[0]);
				CU_ASSERT_PTR_EQUAL(field_after(t, k ? m - 1 : NULL, m->tag_class, m->tag), m);
				twice += field_by_tag(t, m->tag_class, m->tag) != m;
				CU_ASSERT_PTR_EQUAL(field_by_name(t, m->name), m);
				CU_ASSERT_EQUAL(m->explicit, sets[s]->types[m->type].kind == FIELD_CHOICE);
			}
			for (size_t k = 0; t->kind == FIELD_ENUMERATED && k < t->n; k++)
				CU_ASSERT_STRING_EQUAL(field_value_name(t, t->values[k].value), t->values[k].name);
		}
	CU_ASSERT_EQUAL(twice, 1);		/* IPv4AddressUDPTCPPortRange.tCPPortRange, see field_after */
}

/* A few rows by hand, one of each kind of thing that the table says. */
static void known(void)
{
	const struct field_type *t = field_find(&fields_ts33128, "SNSSAI");
	const struct field_member *m;

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	CU_ASSERT(t->kind == FIELD_SEQUENCE && t->extensible && t->n == 4);
	m = field_by_tag(t, FIELD_CONTEXT, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_STRING_EQUAL(m->name, "sliceDifferentiator");
	CU_ASSERT(m->optional && !m->explicit);
	t = &fields_ts33128.types[m->type];
	CU_ASSERT(t->kind == FIELD_OCTET_STRING && t->limited && t->lo == 3 && t->hi == 3 && !t->name[0]);

	t = field_find(&fields_ts33128, "IMPI");				/* an alias of NAI */
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	CU_ASSERT_EQUAL(t->kind, FIELD_UTF8);
	t = field_find(&fields_ts33128, "AreaScopeOfMDT");			/* SIZE(1..MAX) */
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	t = &fields_ts33128.types[field_by_name(t, "tABased")->type];
	CU_ASSERT(t->kind == FIELD_SEQUENCE_OF && t->lo == 1 && t->hi == UINT64_MAX);
	CU_ASSERT_STRING_EQUAL(fields_ts33128.types[t->of].name, "TAC");
	t = field_find(&fields_ts33128, "RATRestrictionInformation");		/* SIZE(8, ...) */
	CU_ASSERT(t && t->kind == FIELD_BIT_STRING && t->limit_extensible && t->hi == 8);
	t = field_find(&fields_ts33128, "IPIRIPacketReport");			/* imported */
	CU_ASSERT(t && t->kind == FIELD_SEQUENCE && t->n == 0 && t->extensible);
	t = field_find(&fields_ts33128, "IRIEvent");
	CU_ASSERT(t && t->n == 187);
	t = field_find(&fields_ts33128, "XIRIEvent");
	CU_ASSERT(t && t->n == 189);

	t = field_find(&fields_ps, "PS-PDU");
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	CU_ASSERT(!t->extensible && field_by_name(t, "payload")->explicit);
	t = field_find(&fields_ps, "IRIType");
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	CU_ASSERT_STRING_EQUAL(field_value_name(t, 2), "iRI-End");
	CU_ASSERT_PTR_NULL(field_value_name(t, 5));
	CU_ASSERT_PTR_NULL(field_find(&fields_ps, ""));
	CU_ASSERT_PTR_NULL(field_by_name(field_find(&fields_ps, "IRIType"), "iRI-End"));
}

UNIT_MAIN("fields", UNIT(sound), UNIT(known))
