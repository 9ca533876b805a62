/* show.h: an answer of the control socket for people: a table where it is a list of alike things, else name and value. */
#ifndef MEDIATION_SHOW_H
#define MEDIATION_SHOW_H

#include <stdio.h>

#include "mediation/json.h"

/* columns: the members to show, separated by blanks; NULL: those of the first element; "": no table, but
 * a line for each member of each element. Nothing that stands in a value
 * or in a name can move the cursor. */
void show_answer(FILE *out, const struct json_doc *d, const char *columns);
/* One list of objects. */
void show_table(FILE *out, const struct json_doc *d, const struct json_node *list, const char *columns);
/* Octets as text for a terminal, cut to the room, which ends with a NUL: controls are "?", also those that UTF-8 writes as C2 80 to
 * C2 9F. How many octets. */
size_t show_clean(char *to, size_t room, struct view v);

#endif
