/* Settings: plain structs whose fields are declared once, in a list. The list makes the struct,
 * its defaults, its checks, the options of the programs, their --help and the docs table.
 *
 * Order of precedence in the programs: defaults < preset < config file < environment
 * (RIMER_<KEY>) < --set key=value < option. */
#ifndef RIMER_CONFIG_H
#define RIMER_CONFIG_H

#include "rimer/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RIMER_TEXT_SIZE 256

/* Choices, in the order of the texts in the lists below. */
enum { RIMER_MIXER_RWKV7, RIMER_MIXER_ATTENTION };
enum { RIMER_MIX_RWKV, RIMER_MIX_LINEAR, RIMER_MIX_GELU };
enum { RIMER_BLOCK_NORM_BEFORE, RIMER_BLOCK_NORM_AFTER };
enum { RIMER_POSITION_NONE, RIMER_POSITION_SINUSOID };
enum { RIMER_SCALER_STANDARD, RIMER_SCALER_MINMAX, RIMER_SCALER_ROBUST, RIMER_SCALER_NONE };
enum { RIMER_NORM_WINDOW, RIMER_NORM_CAUSAL, RIMER_NORM_NONE };
enum { RIMER_ORIGIN_AUTO, RIMER_ORIGIN_NONE, RIMER_ORIGIN_LAST, RIMER_ORIGIN_LINEAR };
enum { RIMER_BIAS_AUTO, RIMER_BIAS_SCALED, RIMER_BIAS_CONSTANT };
enum { RIMER_KEY_NORM_CLAMP, RIMER_KEY_NORM_ADD };
enum { RIMER_MASK_AUTO, RIMER_MASK_ON, RIMER_MASK_OFF };
enum { RIMER_LOSS_MSE, RIMER_LOSS_MAE, RIMER_LOSS_HUBER, RIMER_LOSS_PINBALL, RIMER_LOSS_AUTO };
enum { RIMER_TOKENS_ALL, RIMER_TOKENS_LAST };
enum { RIMER_DECAY_DECOUPLED, RIMER_DECAY_L2 };
enum { RIMER_SCHEDULE_COSINE, RIMER_SCHEDULE_RWKV, RIMER_SCHEDULE_PLATEAU };
enum { RIMER_PRECISION_FLOAT32, RIMER_PRECISION_TF32, RIMER_PRECISION_BFLOAT16 };
enum { RIMER_NO, RIMER_YES };
enum { RIMER_REFIT_NO, RIMER_REFIT_VAL, RIMER_REFIT_ALL };
enum { RIMER_MOMENTS_AUTO = RIMER_YES + 1, RIMER_MOMENTS_BOTH };

/* INT(field, default, min, max, alias, help)    -> int64_t
 * REAL(field, default, min, max, alias, help)   -> double
 * CHOICE(field, default, choices, alias, help)  -> int, index into the choices
 * TEXT(field, default, alias, help)             -> char[RIMER_TEXT_SIZE]
 * Defaults are texts, parsed like a user's. An alias is the key of BlackGoose's config.json. */
/* clang-format off */
#define RIMER_CONFIG_LIST(INT, REAL, CHOICE, TEXT)                                             \
    INT(context_len, "0", 0, 1048576, "window_size", "steps that a forecast reads; 0: chosen from the data") \
    INT(horizon, "0", 0, 1048576, "", "steps that a forecast produces; 0: chosen from the data") \
    INT(patch_len, "0", 0, 4096, "", "steps of one token; 0: chosen from the context")        \
    INT(output_len, "0", 0, 1048576, "", "steps that the head produces at once; 0: the horizon, one patch at least") \
    INT(width, "64", 2, 16384, "d_model", "size of a token vector")                           \
    INT(head_size, "16", 2, 1024, "", "size of one head; must divide the width, but with mixer attention: there as many heads as fit") \
    INT(layers, "1", 0, 256, "e_layers", "blocks of mixer and channel mix; 0: a linear map of the last patch") \
    INT(ffn_width, "0", 0, 65536, "d_ff", "hidden size of the channel mix; 0: four times the width") \
    CHOICE(mixer, "rwkv7", "rwkv7|attention", "", "what mixes tokens: rwkv7: the recurrence; attention: causal softmax attention, as Timer") \
    CHOICE(channel_mix, "rwkv", "rwkv|linear|gelu", "", "rwkv: shift and squared ReLU; linear: one affine map; gelu: two with GELU between, as Timer") \
    CHOICE(block_norm, "before", "before|after", "", "layer norms of a block: before mixer and channel mix, or after each sum, as Timer") \
    CHOICE(position, "none", "none|sinusoid", "", "fixed positions added to the tokens")      \
    TEXT(phase, "no", "", "seasons in whose course the network is told where a token stands: no; auto, those found in the data; or their periods in steps, such as 48,336") \
    CHOICE(moments, "no", "no|yes|auto|both", "", "tell the network mean and deviation of the context, in the scaler's units, which norm window takes away; what it forecasts then depends on the level; both: one network that is told and its twin that is not, trained one after the other, and the mean of their forecasts; auto: where the training part holds five windows that do not overlap both, where it holds 20 yes, else no") \
    CHOICE(scaler, "standard", "standard|minmax|robust|none", "", "scale of a channel, from its training part: mean and deviation, lowest value and range, median and quartiles, or left alone") \
    CHOICE(log1p, "no", "no|yes", "", "take log(1 + value) first; for growth and counts, values above -1") \
    CHOICE(norm, "window", "window|causal|none", "", "normalisation by mean and deviation of the context; causal: of each patch by those of the context_len steps up to its end, so that a stream need not be read again") \
    CHOICE(origin, "auto", "auto|none|last|linear", "", "what the network's output is added to: nothing, the last value, a fitted linear map of the context; auto: the map, if it validates better than the last value by a twentieth") \
    REAL(origin_ridge, "0", 0, 1e6, "", "ridge of the fitted linear map, relative to the mean of the diagonal; 0: what validates better") \
    INT(origin_season, "0", 0, 1048576, "", "season, in steps, to whose mean the ridge draws the fitted map; 1: to the last value; 0: what validates better, if there are 20 validation windows that do not overlap") \
    CHOICE(origin_bias, "auto", "auto|scaled|constant", "", "bias of the fitted map: scaled follows a context's own scale, constant does not; auto: what validates better") \
    INT(own_channels, "-1", -1, 1048576, "", "channels with a linear map of their own for what the trained network leaves over: those of a single series, all or none (0); -1: all, if that validates better on 20 windows that do not overlap") \
    CHOICE(mask, "auto", "auto|on|off", "", "embed which steps are missing; auto: on if the training part has any") \
    CHOICE(input_norm, "yes", "no|yes", "", "layer norm between embedding and first block")   \
    CHOICE(output_norm, "yes", "no|yes", "", "layer norm between last block and head")        \
    CHOICE(zero_head, "yes", "no|yes", "", "start the head at zero, so that a fresh model forecasts its origin") \
    INT(lora_decay, "0", 0, 4096, "", "rank of the decay's low-rank map; 0: from the width")  \
    INT(lora_rate, "0", 0, 4096, "", "rank of the in-context rate's map; 0: from the width")  \
    INT(lora_value, "0", 0, 4096, "", "rank of the value residual's map; 0: from the width")  \
    INT(lora_gate, "0", 0, 4096, "", "rank of the gate's map; 0: from the width")             \
    REAL(head_norm_eps, "64e-5", 0, 1, "", "epsilon of the group norm over heads")            \
    CHOICE(key_norm, "clamp", "clamp|add", "", "removal key: z/max(|z|,1e-12), or z/sqrt(|z|^2+1e-6) as in older fla") \
    INT(epochs, "0", 0, 1000000, "epoch", "passes over the training windows at most; 0: chosen from their number") \
    INT(batch, "256", 1, 1048576, "batch_size", "rows (series, channel, window) in a step")   \
    INT(windows_per_epoch, "0", 0, 1000000000000, "", "rows drawn for one epoch; 0: every one once") \
    INT(val_rows, "262144", 0, 1000000000, "", "rows of the validation part that are scored while training; where it has more, so many, evenly spaced and always the same; 0: all") \
    REAL(lr, "0.001", 0, 10, "learning_rate", "peak learning rate")                           \
    REAL(origin_lr, "0", 0, 100, "", "learning rate of the map of origin linear as a share of lr; 0: it stays as fitted") \
    REAL(head_lr, "1", 0, 100, "", "learning rate of the head as a share of lr") \
    CHOICE(schedule, "cosine", "cosine|rwkv|plateau", "", "cosine: linear rise, then a cosine; rwkv: both at once, as RWKV-LM; plateau: a tenth whenever validation stalls, as BlackGoose") \
    REAL(lr_end, "0.05", 0, 1, "", "final learning rate as a share of the peak")              \
    REAL(warmup, "0.1", 0, 1, "", "share of all steps over which the rate rises")             \
    REAL(weight_decay, "0.1", 0, 10, "", "decay of the matrices")                             \
    CHOICE(decay_mode, "decoupled", "decoupled|l2", "", "decoupled: AdamW; l2: added to the gradient, plain Adam") \
    REAL(dropout, "0", 0, 0.95, "", "share of the embedding and of what mixer and channel mix give that is left out at random while training") \
    REAL(flip, "0", 0, 1, "", "probability that a training row, context and target, changes its sign") \
    REAL(noise, "0", 0, 10, "", "deviation of the noise that is added to a training context, as a share of the context's own") \
    REAL(beta1, "0.9", 0, 0.999999, "", "AdamW: decay of the first moment")                   \
    REAL(beta2, "0.99", 0, 0.9999999, "", "AdamW: decay of the second moment")                \
    REAL(adam_eps, "1e-18", 0, 1, "", "AdamW: added to the root of the second moment")        \
    REAL(clip, "1", 0, 1e9, "", "joint gradient norm at which gradients are clipped; 0: never") \
    TEXT(quantiles, "", "", "levels that the head forecasts, such as 0.1,0.5,0.9 (0.5 is always among them); empty: points only") \
    CHOICE(conformal, "no", "no|yes", "", "measure on the validation part how far quantiles, or the points alone, are off, and correct forecasts by that") \
    CHOICE(loss, "auto", "mse|mae|huber|pinball|auto", "", "what training minimises; auto: pinball with quantiles, else huber") \
    REAL(huber_delta, "1", 1e-9, 1e9, "", "where the Huber loss turns linear, standardised units") \
    CHOICE(loss_tokens, "last", "all|last", "", "tokens whose forecasts are trained")         \
    CHOICE(refit, "no", "no|val|all", "", "train anew, for the epochs that validated best, on more: val: the validation part, too; all: every step of the data, for forecasts of what comes after them") \
    REAL(average, "1", 0, 1000, "", "time constant, in epochs, of the running average of the weights that is validated and kept; 0: the weights themselves") \
    INT(patience, "0", 0, 1000000, "", "epochs without a better validation error before stopping; 0: a third of all, 3 at least") \
    TEXT(split, "0.7/0.1/0.2", "", "train/validation/test: shares, ett-h, ett-m, row counts as rows:A/B/C, or last:B/C from the end; with @J/N behind it fold J of N before its test part") \
    INT(seed, "1", 0, 9007199254740991, "", "seed of initialisation and sampling")            \
    CHOICE(precision, "float32", "float32|tf32|bfloat16", "", "of the factors of products while training (validation and forecasts are float32); tf32: 11 bits on a GPU, 16 where the processor has AMX; bfloat16: 8 bits, on a GPU and where the processor has AMX or AVX-512 BF16") \
    TEXT(device, "cpu", "", "where to train: cpu; cuda or cuda:N, a GPU; auto: a GPU if one can be used (docs/cuda.md)") \
    INT(lanes, "4", 1, 1024, "", "parts of a batch whose gradients are summed in fixed order; changes the bits") \
    REAL(checkpoint_seconds, "60", 0, 1e9, "", "seconds after which a running training is saved again; 0: never by time") \
    INT(checkpoint_steps, "0", 0, 1000000000000, "", "steps after which it is saved again, besides; 0: never by steps") \
    INT(threads, "0", 0, 1024, "", "threads; 0: as many as processors; never changes the bits")
/* clang-format on */

#define RIMER_FIELD_INT_MEMBER(name, initial, min, max, alias, help) int64_t name;
#define RIMER_FIELD_REAL_MEMBER(name, initial, min, max, alias, help) double name;
#define RIMER_FIELD_CHOICE_MEMBER(name, initial, choices, alias, help) int name;
#define RIMER_FIELD_TEXT_MEMBER(name, initial, alias, help) char name[RIMER_TEXT_SIZE];
#define RIMER_FIELD_MEMBERS(LIST)                                                    \
    LIST(RIMER_FIELD_INT_MEMBER, RIMER_FIELD_REAL_MEMBER, RIMER_FIELD_CHOICE_MEMBER, \
         RIMER_FIELD_TEXT_MEMBER)

/* Everything that shapes a model and its training. */
typedef struct rimer_config {
    RIMER_FIELD_MEMBERS(RIMER_CONFIG_LIST)
} rimer_config;

typedef enum rimer_field_kind {
    RIMER_FIELD_INT,
    RIMER_FIELD_REAL,
    RIMER_FIELD_CHOICE,
    RIMER_FIELD_TEXT
} rimer_field_kind;

/* One line of a list above, to be read by programs. */
typedef struct rimer_field {
    const char *name;
    const char *alias; /* "" if none */
    rimer_field_kind kind;
    size_t offset;       /* of the member in its struct */
    double min, max;     /* INT and REAL */
    const char *initial; /* default, as text */
    const char *choices; /* CHOICE: "a|b|c"; else "" */
    const char *help;
} rimer_field;

/* The fields of rimer_config, ended by one whose name is NULL. */
RIMER_API const rimer_field *rimer_config_fields(void);

/* The name nearest to what a user typed, by edit distance ('-' and '_' are the same, letter
 * case does not matter); `names` is ended by NULL. "" if there are no names. */
RIMER_API const char *rimer_name_nearest(const char *typed, const char *const *names);

/* Fills any struct that `fields` describes with its defaults. */
RIMER_API void rimer_fields_init(const rimer_field *fields, void *settings);

/* Bytes of the struct that `fields` describes: room for a language that does not read C headers,
 * whose programs reach the fields by rimer_fields_set and rimer_field_text. */
RIMER_API size_t rimer_fields_size(const rimer_field *fields);

/* The field called `key` (its name or alias; '-' is read as '_'); NULL if there is none. */
RIMER_API const rimer_field *rimer_fields_find(const rimer_field *fields, const char *key);

/* Sets one field from text. RIMER_USAGE: unknown key (the nearest name is in the sentence),
 * not a number, out of range, not one of the choices. */
RIMER_API rimer_status rimer_fields_set(const rimer_field *fields, void *settings,
                                        const char *key, const char *value);

/* Writes the value of a field as text that rimer_fields_set reads back exactly. `size` of
 * RIMER_TEXT_SIZE is enough. */
RIMER_API void rimer_field_text(const rimer_field *field, const void *settings, char *text,
                                size_t size);

RIMER_API void rimer_config_init(rimer_config *config);

/* NULL if the settings fit together, else a sentence (thread-local, as rimer_last_error). */
RIMER_API const char *rimer_config_check(const rimer_config *config);

/* The split whose training part is what a model of these settings learns in the end: their own, with
 * refit "+val" or "+all" behind it (rimer_split_make). RIMER_USAGE: longer than a text can be. */
RIMER_API rimer_status rimer_config_learnt(const rimer_config *config,
                                           char split[RIMER_TEXT_SIZE]);

/* Names of the built-in presets ("blackgoose", ...), ended by NULL. */
RIMER_API const char *const *rimer_preset_names(void);

/* Applies a built-in preset. RIMER_USAGE: no such preset (the nearest name is in the sentence).
 * */
RIMER_API rimer_status rimer_config_preset(rimer_config *config, const char *name);

/* Applies the keys of a JSON file. Keys of BlackGoose's config.json are understood; those of
 * them without a meaning here, and data paths, are named in *ignored (one line, comma
 * separated, "" if none, caller frees; may be NULL). RIMER_IO: cannot be read. RIMER_USAGE
 * names file and line or key. */
RIMER_API rimer_status rimer_config_read(rimer_config *config, const char *path,
                                         char **ignored);

/* The settings as a JSON object, one key a line. Caller frees. RIMER_USAGE: a member that
 * rimer_fields_set would have refused. RIMER_NO_MEMORY. */
RIMER_API rimer_status rimer_config_json(const rimer_config *config, char **json);

#ifdef __cplusplus
}
#endif
#endif
