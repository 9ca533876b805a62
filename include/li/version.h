#ifndef LI_VERSION_H
#define LI_VERSION_H

/* The build fills it from `git describe`; the line here is what a build without git says. */
#ifndef LI_VERSION
#define LI_VERSION "0.1.0"
#endif

#endif
