/* A plot in characters: two by four dots of Braille a cell. */
#ifndef APP_SKETCH_H
#define APP_SKETCH_H

#include "chart.h"

/* Draws all panels, one below the other, `columns` wide; `colour` with ANSI colours. Without
 * colour the forecast is drawn in round dots. */
void sketch_draw(const chart *drawn, int columns, int rows, int colour, FILE *stream);

#endif
