#include "model/fan.h"

#include "base/array.h"

#include <math.h>
#include <stdlib.h>

#define POINTS 16 /* of equal weight, that stand for what a track foresees */
#define CELLS ((RM_FAN_TRACKS + 1) * (POINTS + 1))

#define LEAST_LENGTH 1e-7 /* of all cells together: narrower ones are steps, not slopes */

/* Where the density of the pool changes, and by how much. */
typedef struct edge {
    double at, density;
} edge;

struct rm_fan {
    rimer_levels levels;
    double track_level[RM_FAN_TRACKS];
    rm_between track[RM_FAN_TRACKS];
    rm_between point[POINTS];
    double foreseen[RM_FAN_TRACKS + 2][POINTS + 2]; /* one beyond every end */
    edge edges[2 * CELLS], room[2 * CELLS];
    const edge *sorted; /* one of the two */
};

rimer_status rm_fan_create(rm_fan **out, const rimer_levels *levels) {
    rm_fan *fan;
    RM_TRY(rm_array_new(&fan, 1, sizeof *fan));
    fan->levels = *levels;
    for (int j = 0; j < RM_FAN_TRACKS; j++) {
        fan->track_level[j] = (j + 0.5) / RM_FAN_TRACKS;
        fan->track[j] = rm_levels_between(levels, rm_normal_quantile(fan->track_level[j]));
    }
    for (int i = 0; i < POINTS; i++)
        fan->point[i] = rm_levels_between(levels, rm_normal_quantile((i + 0.5) / POINTS));
    *out = fan;
    return RIMER_OK;
}

void rm_fan_free(rm_fan *fan) {
    free(fan);
}

void rm_fan_spread(const rm_fan *fan, const rm_real *quantiles, int64_t stride, rm_real *track,
                   int64_t track_stride) {
    for (int j = 0; j < RM_FAN_TRACKS; j++)
        track[j * track_stride] = (rm_real)rm_between_value(fan->track[j], quantiles, stride);
}

/* Two rising runs of `from`, one behind the other, as one. (Without branches on the values it takes
 * a third longer: each step would wait for the one before.) */
static void merge(edge *to, const edge *from, int64_t middle, int64_t end) {
    const edge *a = from, *b = from + middle;
    for (int64_t i = 0; i < end; i++) {
        int later = a == from + middle || (b < from + end && b->at < a->at);
        to[i] = later ? *b : *a;
        a += !later;
        b += later;
    }
}

/* A short run, in place. */
static void insert(edge *run, int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        edge one = run[i];
        int64_t k = i;
        for (; k > 0 && one.at < run[k - 1].at; k--)
            run[k] = run[k - 1];
        run[k] = one;
    }
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* By their places, equal ones as they stood: what qsort makes of those is the C library's affair,
 * and so would be the bits. It is also the most of what a pool costs. */
static void sort_edges(rm_fan *fan) {
    enum { RUN = 16, ALL = 2 * CELLS };
    edge *from = fan->edges, *to = fan->room;
    for (int64_t at = 0; at < ALL; at += RUN)
        insert(from + at, least(RUN, ALL - at));
    for (int64_t run = RUN; run < ALL; run *= 2) {
        for (int64_t at = 0; at < ALL; at += 2 * run)
            merge(to + at, from + at, least(run, ALL - at), least(2 * run, ALL - at));
        edge *other = from;
        from = to;
        to = other;
    }
    fan->sorted = from;
}

/* Half of an outermost share lies beyond its point, where nothing is known: it is spread as far
 * as it is to the next one. Further would be nearer to a normal distribution once, but the
 * error of each output fed back adds up. */
static double beyond(double last, double before) {
    return 2 * last - before;
}

/* The points of all tracks, and beyond the ends. Returns the distance of the outermost. */
static double place_points(rm_fan *fan, const rm_real *foreseen, int64_t stride) {
    double low = (double)INFINITY, high = -(double)INFINITY, sum = 0,
           (*f)[POINTS + 2] = fan->foreseen;
    for (int j = 1; j <= RM_FAN_TRACKS; j++, foreseen += fan->levels.n * stride) {
        for (int i = 1; i <= POINTS; i++)
            f[j][i] = rm_between_value(fan->point[i - 1], foreseen, stride);
        f[j][0] = beyond(f[j][1], f[j][2]);
        f[j][POINTS + 1] = beyond(f[j][POINTS], f[j][POINTS - 1]);
    }
    for (int i = 0; i < POINTS + 2; i++) {
        f[0][i] = beyond(f[1][i], f[2][i]);
        f[RM_FAN_TRACKS + 1][i] = beyond(f[RM_FAN_TRACKS][i], f[RM_FAN_TRACKS - 1][i]);
    }
    for (int j = 0; j < RM_FAN_TRACKS + 2; j++)
        for (int i = 0; i < POINTS + 2; i++) {
            low = fmin(low, f[j][i]);
            high = fmax(high, f[j][i]);
            sum += f[j][i];
        }
    return isfinite(sum) ? high - low : (double)NAN;
}

/* Between neighbouring tracks the distributions are taken to change evenly, and so between
 * neighbouring points: a cell of four points is spread evenly, as wide as has the deviation of
 * the cell. So the pool has no lumps, however far apart tracks or points lie. */
static void place_edges(rm_fan *fan, double range) {
    edge *to = fan->edges;
    for (int j = 0; j <= RM_FAN_TRACKS; j++)
        for (int i = 0; i <= POINTS; i++) {
            const double *near = &fan->foreseen[j][i], *far = &fan->foreseen[j + 1][i];
            double along = (far[1] + far[0] - near[1] - near[0]) / 2;
            double across = (far[1] + near[1] - far[0] - near[0]) / 2;
            double length = fmax(sqrt(along * along + across * across), LEAST_LENGTH * range);
            double low = (near[0] + near[1] + far[0] + far[1]) / 4 - length / 2;
            double share = 1.0 / (POINTS * RM_FAN_TRACKS);
            share *= j == 0 || j == RM_FAN_TRACKS ? 0.5 : 1;
            share *= i == 0 || i == POINTS ? 0.5 : 1;
            *to++ = (edge){low, share / length};
            *to++ = (edge){low + length, -share / length};
        }
    sort_edges(fan);
}

/* Reads the pool at rising levels. */
static void read_pool(const rm_fan *fan, int n, const double *levels, rm_real *out,
                      int64_t stride) {
    double below = 0, density = 0;
    int at = 0;
    for (int i = 0; i + 1 < 2 * CELLS; i++) {
        density += fan->sorted[i].density;
        double next = below + density * (fan->sorted[i + 1].at - fan->sorted[i].at);
        for (; at < n && levels[at] <= next; at++)
            out[at * stride] = (rm_real)(fan->sorted[i].at + (levels[at] - below) / density);
        below = next;
    }
    for (; at < n; at++) /* rounding alone leaves any */
        out[at * stride] = (rm_real)fan->sorted[2 * CELLS - 1].at;
}

static void fill(rm_real *out, int n, int64_t stride, double value) {
    for (int i = 0; i < n; i++)
        out[i * stride] = (rm_real)value;
}

void rm_fan_pool(rm_fan *fan, const rm_real *foreseen, int64_t stride, rm_real *quantiles,
                 int64_t quantile_stride, rm_real *track, int64_t track_stride) {
    double range = place_points(fan, foreseen, stride);
    if (!(range > 0)) { /* one value, or none */
        double value = range < 0 || isnan(range) ? (double)NAN : fan->foreseen[1][1];
        fill(quantiles, fan->levels.n, quantile_stride, value);
        fill(track, RM_FAN_TRACKS, track_stride, value);
        return;
    }
    place_edges(fan, range);
    read_pool(fan, fan->levels.n, fan->levels.at, quantiles, quantile_stride);
    read_pool(fan, RM_FAN_TRACKS, fan->track_level, track, track_stride);
}
