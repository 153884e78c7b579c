/**
 * @file bank_sentences.h
 * Thirty sentences with the word "bank", fifteen about rivers and fifteen about money.
 *
 * They were written for this course, all at once, before anything was measured on them, and were
 * not changed afterwards. The last two of each half speak of the other half's things. They come
 * under the licence of the course (GPL-3.0-or-later).
 */
#ifndef CHAPTERS_DOT_PRODUCT_BANK_SENTENCES_H
#define CHAPTERS_DOT_PRODUCT_BANK_SENTENCES_H

enum { N_RIVER_BANKS = 15, N_MONEY_BANKS = 15 };

static const char *const river_banks[N_RIVER_BANKS] = {
    "the children fished from the bank until the sun went down",
    "willows grew along the muddy bank",
    "we pulled the canoe up the bank and made a fire",
    "the stream had washed away part of its left bank",
    "an otter slid down the bank into the water",
    "cattle came to the bank to drink in the evening",
    "the boat was tied to a tree on the far bank",
    "after the flood the bank was covered with mud and leaves",
    "she lay in the grass on the bank and watched the swans",
    "a steep bank rises on both sides of the river",
    "wild flowers bloom on the bank every spring",
    "he slipped on the wet bank and fell into the pond",
    "the path follows the bank for three miles before the bridge",
    "the company paid workers to raise the bank before the floods",
    "a rich merchant built his house on the bank above the mill",
};

static const char *const money_banks[N_MONEY_BANKS] = {
    "the bank raised its interest rate again this month",
    "she opened an account at the bank to save for a house",
    "the bank refused to lend him any more money",
    "two men robbed the bank and escaped in a white car",
    "my father worked as a cashier in a small bank",
    "the state bank of india opened a branch in our village",
    "the bank charges a fee for every transfer",
    "he owes the bank more than his farm is worth",
    "the company borrowed from a foreign bank to pay its workers",
    "investors lost confidence in the bank after the crisis",
    "please sign the cheque before you take it to the bank",
    "the fisherman asked the bank for money to buy a net",
    "a loan from the bank paid for the new boat",
    "the bank by the bridge closes at four in the afternoon",
    "the bank was founded by merchants in a port on the sea",
};

#endif
