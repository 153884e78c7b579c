/**
 * @file checkpoint_parts.c
 * The generator of random numbers as integers, and a checksum of everything.
 */
#include "chapters/common/files/checkpoint_internal.h"
#include <string.h>

/* ---- The generator --------------------------------------------------------------------------- */

/* The state of gsl_rng_mt19937, as the GSL has it: it is saved as integers, so that a file cannot
 * put there what the generator would trip over. */
typedef struct {
    unsigned long words[CHECKPOINT_N_WORDS];
    int n_used;
} mt19937;

bool checkpoint_take_rng(const gsl_rng *rng, int64_t *integers)
{
    mt19937 state;
    if (strcmp(gsl_rng_name(rng), "mt19937") != 0 || gsl_rng_size(rng) != sizeof state) {
        return false;
    }
    memcpy(&state, gsl_rng_state(rng), sizeof state);
    for (size_t i = 0; i < CHECKPOINT_N_WORDS; i++) {
        integers[i] = (int64_t)state.words[i];
    }
    integers[CHECKPOINT_N_WORDS] = state.n_used;
    return true;
}

bool checkpoint_put_rng(const int64_t *integers, gsl_rng *rng)
{
    mt19937 state = {.n_used = 0};
    bool is_right =
        integers[CHECKPOINT_N_WORDS] >= 0 && integers[CHECKPOINT_N_WORDS] <= CHECKPOINT_N_WORDS;
    for (size_t i = 0; i < CHECKPOINT_N_WORDS; i++) {
        is_right = is_right && integers[i] >= 0 && integers[i] <= (int64_t)UINT32_MAX;
        state.words[i] = (unsigned long)integers[i];
    }
    if (is_right && rng != NULL) {
        state.n_used = (int)integers[CHECKPOINT_N_WORDS];
        memcpy(gsl_rng_state(rng), &state, sizeof state);
    }
    return is_right;
}

/* ---- The checksum ---------------------------------------------------------------------------- */

/* CRC-64 of ECMA-182, the lowest bit first, half a byte at a time. */
static uint64_t crc64(uint64_t crc, const void *bytes, size_t n)
{
    static const uint64_t half_byte[16] = {
        0x0000000000000000, 0x7D9BA13851336649, 0xFB374270A266CC92, 0x86ACE348F355AADB,
        0x64B62BCAEBC387A1, 0x192D8AF2BAF0E1E8, 0x9F8169BA49A54B33, 0xE21AC88218962D7A,
        0xC96C5795D7870F42, 0xB4F7F6AD86B4690B, 0x325B15E575E1C3D0, 0x4FC0B4DD24D2A599,
        0xADDA7C5F3C4488E3, 0xD041DD676D77EEAA, 0x56ED3E2F9E224471, 0x2B769F17CF112238};
    for (const unsigned char *byte = bytes, *end = byte + n; byte < end; byte++) {
        crc ^= *byte;
        crc = crc >> 4 ^ half_byte[crc & 15];
        crc = crc >> 4 ^ half_byte[crc & 15];
    }
    return crc;
}

uint64_t checkpoint_checksum(const safetensors_tensor *tensors, size_t n_tensors,
                             const safetensors_text *texts, size_t n_texts)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n_tensors; i++) {
        const safetensors_tensor *t = &tensors[i];
        size_t n_bytes = safetensors_n_entries(t) * safetensors_type_size(t->type);
        uint64_t crc = crc64(UINT64_MAX, t->name, strlen(t->name) + 1);
        crc = crc64(crc, t->shape, t->n_dimensions * sizeof t->shape[0]);
        sum += crc64(crc, t->data, n_bytes);
    }
    for (size_t i = 0; i < n_texts; i++) {
        if (strcmp(texts[i].key, CHECKPOINT_CHECKSUM) != 0) {
            uint64_t crc = crc64(UINT64_MAX, texts[i].key, strlen(texts[i].key) + 1);
            sum += crc64(crc, texts[i].text, strlen(texts[i].text) + 1);
        }
    }
    return sum;
}
