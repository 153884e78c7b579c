/**
 * @file nile.h
 * The water of the Nile at Aswan, year by year: data/README.md says where the numbers come from.
 */
#ifndef CHAPTERS_REWEIGHTING_DATA_NILE_H
#define CHAPTERS_REWEIGHTING_DATA_NILE_H

/** @addtogroup ch01 @{ */

enum {
    NILE_FIRST_YEAR = 1871, /**< year of the first number */
    NILE_N_YEARS = 100,     /**< numbers, one a year */
    NILE_LAST_HIGH = 1898   /**< the last year before the drop that Cobb (1978) found */
};

/** Volume of a year in 10^8 cubic metres, 1871 .. 1970, ten years a line. */
static const double nile_volumes[NILE_N_YEARS] = {
    1120, 1160, 963,  1210, 1160, 1160, 813,  1230, 1370, 1140, /* 1871 .. */
    995,  935,  1110, 994,  1020, 960,  1180, 799,  958,  1140, /* 1881 .. */
    1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,  /* 1891 .. */
    874,  694,  940,  833,  701,  916,  692,  1020, 1050, 969,  /* 1901 .. */
    831,  726,  456,  824,  702,  1120, 1100, 832,  764,  821,  /* 1911 .. */
    768,  845,  864,  862,  698,  845,  744,  796,  1040, 759,  /* 1921 .. */
    781,  865,  845,  944,  984,  897,  822,  1010, 771,  676,  /* 1931 .. */
    649,  846,  812,  742,  801,  1040, 860,  874,  848,  890,  /* 1941 .. */
    744,  749,  838,  1050, 918,  986,  797,  923,  975,  815,  /* 1951 .. */
    1020, 906,  901,  1170, 912,  746,  919,  718,  714,  740,  /* 1961 .. */
};

/** @} */

#endif
