/**
 * @file pronunciations_embedded.c
 * The dictionary that every program carries: chapter 5's pronunciations.txt.
 */
#include "chapters/common/pairs/pronunciations.h"

/* The assembler copies the file into the program; -I. lets it find the path. */
#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)
#define SYMBOL(name)  STRINGIFY(__USER_LABEL_PREFIX__) name
#if defined(__APPLE__)
#    define READ_ONLY_SECTION ".section __TEXT,__const\n"
#    define PREVIOUS_SECTION  ".text\n"
#else
#    define READ_ONLY_SECTION ".pushsection .rodata\n"
#    define PREVIOUS_SECTION  ".popsection\n"
#endif

/* clang-format off */
__asm__(READ_ONLY_SECTION
        ".globl " SYMBOL("pronunciations_extract") "\n"
        SYMBOL("pronunciations_extract") ":\n"
        ".incbin \"chapters/05_sequence_to_sequence/data/pronunciations.txt\"\n"
        ".globl " SYMBOL("pronunciations_extract_end") "\n"
        SYMBOL("pronunciations_extract_end") ":\n"
        ".byte 0\n" /* an end of its own: no other object shares its address */
        PREVIOUS_SECTION);
/* clang-format on */

extern const char pronunciations_extract[];
extern const char pronunciations_extract_end[];

pronunciations *pronunciations_embedded(pronunciations_problem *problem)
{
    size_t n_bytes = (size_t)(pronunciations_extract_end - pronunciations_extract);
    return pronunciations_decode(pronunciations_extract, n_bytes, "the embedded dictionary",
                                 PRONUNCIATIONS_DROP_STRESS, problem);
}
