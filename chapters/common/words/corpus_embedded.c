/**
 * @file corpus_embedded.c
 * The corpus that every program carries: data/course.conllu.
 */
#include "chapters/common/words/corpus.h"

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
        ".globl " SYMBOL("corpus_course") "\n"
        SYMBOL("corpus_course") ":\n"
        ".incbin \"chapters/common/data/course.conllu\"\n"
        ".globl " SYMBOL("corpus_course_end") "\n"
        SYMBOL("corpus_course_end") ":\n"
        ".byte 0\n" /* an end of its own: no other object shares its address */
        PREVIOUS_SECTION);
/* clang-format on */

extern const char corpus_course[];
extern const char corpus_course_end[];

corpus *corpus_embedded(const char *column, corpus_problem *problem)
{
    size_t n_bytes = (size_t)(corpus_course_end - corpus_course);
    return corpus_decode(corpus_course, n_bytes, "the embedded corpus", CORPUS_CONLLU, column,
                         problem);
}
