/*
 * x1_frag.h: canonical fragments: what a task, a destination or an object was given with, as we keep it and give it back.
 *
 * Canonical: UTF-8; no declaration, comment, processing instruction or white space between elements; X1's namespace is the
 * default one; xsi, c (TS 103 280), h (HashedID) and s (DestinationSet) are declared by the document around it, as x1_write.h
 * does; an element of another namespace declares it as its default. So a fragment is copied into a response as it is.
 */
#ifndef MEDIATION_X1_X1_FRAG_H
#define MEDIATION_X1_X1_FRAG_H

#include <li/buf.h>

/* What stands on the element around fragments. */
#define X1_FRAG_NAMESPACES " xmlns=\"http://uri.etsi.org/03221/X1/2017/10\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"" \
	" xmlns:c=\"http://uri.etsi.org/03280/common/2017/07\" xmlns:h=\"http://uri.etsi.org/03221/X1/2017/10/HashedID\"" \
	" xmlns:s=\"http://uri.etsi.org/03221/X1/2017/10/DestinationSet\""

/*
 * Copies a fragment without the members that versions before v1.<minor> do not have: optional ones are left out, and a
 * target identifier that cannot be told is told as an extension of ours without content, so that nobody takes the task for
 * one with fewer identifiers. Only needed where minor < young of the task, destination or object.
 */
enum li_err x1_frag_fit(struct view xml, unsigned minor, struct buf *to) LI_MUST;

/* Text with what XML needs escaped; characters that XML does not have become "?". */
enum li_err x1_frag_escape(struct view text, struct buf *to) LI_MUST;

/* The fragment of a tree that was settled (x1_tree.h) and found valid, under the name `as` (NULL: its own). *young: the
 * minor version of its youngest member. */
struct _xmlNode;
enum li_err x1_frag_write(struct _xmlNode *n, const char *as, struct buf *to, unsigned *young) LI_MUST;

#endif
