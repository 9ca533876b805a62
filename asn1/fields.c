/* fields.c: finding things in a field table. The tables are short where it matters (members of one type), so that
 * a search from the front is enough. */
#include "asn1/fields.h"

const struct field_type *field_find(const struct field_set *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (*name && strcmp(s->types[i].name, name) == 0)
			return &s->types[i];
	return NULL;
}

static bool has_members(const struct field_type *t)
{
	return t->kind <= FIELD_CHOICE;
}

const struct field_member *field_by_tag(const struct field_type *t, uint8_t tag_class, uint32_t tag)
{
	if (!has_members(t))
		return NULL;
	for (size_t i = 0; i < t->n; i++)
		if (t->members[i].tag == tag && t->members[i].tag_class == tag_class)
			return &t->members[i];
	return NULL;
}

const struct field_member *field_after(const struct field_type *t, const struct field_member *last, uint8_t tag_class,
				       uint32_t tag)
{
	for (size_t i = last && has_members(t) ? (size_t)(last - t->members) + 1 : t->n; i < t->n; i++)
		if (t->members[i].tag == tag && t->members[i].tag_class == tag_class)
			return &t->members[i];
	return field_by_tag(t, tag_class, tag);
}

const struct field_member *field_by_name(const struct field_type *t, const char *name)
{
	if (!has_members(t))
		return NULL;
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->members[i].name, name) == 0)
			return &t->members[i];
	return NULL;
}

const char *field_value_name(const struct field_type *t, int64_t value)
{
	if (t->kind != FIELD_ENUMERATED)
		return NULL;
	for (size_t i = 0; i < t->n; i++)
		if (t->values[i].value == value)
			return t->values[i].name;
	return NULL;
}

uint8_t field_universal(uint8_t kind)
{
	switch ((enum field_kind)kind) {
	case FIELD_SEQUENCE: case FIELD_SEQUENCE_OF: return 16;
	case FIELD_SET: case FIELD_SET_OF: return 17;
	case FIELD_CHOICE: return 0;
	case FIELD_ENUMERATED: return 10;
	case FIELD_BOOLEAN: return 1;
	case FIELD_INTEGER: return 2;
	case FIELD_BIT_STRING: return 3;
	case FIELD_OCTET_STRING: return 4;
	case FIELD_NULL: return 5;
	case FIELD_OID: return 6;
	case FIELD_RELATIVE_OID: return 13;
	case FIELD_UTF8: return 12;
	case FIELD_NUMERIC: return 18;
	case FIELD_PRINTABLE: return 19;
	case FIELD_IA5: return 22;
	case FIELD_GENERALIZED_TIME: return 24;
	}
	return 0;
}
