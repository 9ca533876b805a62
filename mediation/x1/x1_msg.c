/* x1_msg.c: names of the catalogue and of the error codes. */
#include "mediation/x1/x1_msg.h"
#include "mediation/x1/x1_read.h"

static const char *const type_name[X1_TYPES] = {
	[X1_UNKNOWN] = "ExtendedRequestMessageType",
#define M(id, name, dir, since, clause, req, res) [X1_##id] = name,
#include "mediation/x1/x1_message.tbl"
#undef M
};

const char *x1_type_name(enum x1_type t)
{
	return t < X1_TYPES ? type_name[t] : type_name[X1_UNKNOWN];
}

static const struct {
	int code, older;
	unsigned since;
	const char *name;
} codes[] = {
#define E(code, id, name, older, since, who, when) { code, older, since, name },
#include "mediation/x1/x1_error.tbl"
#undef E
};

const char *x1_code_name(int code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].name;
	return NULL;
}

int x1_code_for(int code, struct x1_version v)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return v.major == 1 && v.minor < codes[i].since ? codes[i].older : code;
	return code;
}
