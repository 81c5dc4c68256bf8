/* Which characters the fonts of this machine can draw. */
#ifndef APP_GLYPHS_H
#define APP_GLYPHS_H

/* Replaces by '?', in place, the characters of a harmless text that no font has: what gnuplot's
 * PNG and PDF draw instead covers the picture. */
void glyphs_keep(char *text);

#endif
