#!/usr/bin/perl
# A tag file, so that the names of the GSL link to its manual: the GSL publishes none.
#
#   gsl_tag.pl source... > gsl.tag
#
# Only the names that the sources use are in it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Course;

# Which page of the manual a name stands on, by its beginning.
my @pages = (
    [blas => qr/^gsl_blas_/],
    [vectors => qr/^gsl_(vector|matrix|block)/],
    [rng => qr/^gsl_rng/],
    [randist => qr/^gsl_ran_/],
    [diff => qr/^gsl_deriv_/],
    [eigen => qr/^gsl_eigen_/],
    [linalg => qr/^gsl_linalg_/],
    [statistics => qr/^gsl_stats_/],
    [sort => qr/^gsl_sort/],
    [err => qr/^(gsl_(error|strerror|set_error_handler)|GSL_ERROR)/],
    [math => qr/^gsl_(finite|isnan|isinf|hypot|pow_)/],
);

my %used;
for my $path (@ARGV) {
    $used{$_} = 1 for read_file($path) =~ /\b(gsl_\w+|GSL_ERROR\w*)(?=\s*\()/g;
}
my %struct = (gsl_matrix => 'vectors', gsl_vector => 'vectors', gsl_rng => 'rng');

print qq(<?xml version="1.0" encoding="UTF-8"?>\n<tagfile>\n);
for my $page (@pages) {
    my ($name, $pattern) = @$page;
    my @members = grep { $_ =~ $pattern } sort keys %used or next;
    print qq(  <compound kind="file">\n    <name>gsl_$name.h</name>\n),
        qq(    <path>gsl/</path>\n    <filename>$name.html</filename>\n);
    for my $member (@members) {
        my $kind = $member =~ /^GSL/ ? 'define' : 'function';
        print qq(    <member kind="$kind"><type>int</type><name>$member</name>),
            qq(<anchorfile>$name.html</anchorfile><anchor>c.$member</anchor>),
            qq(<arglist>(...)</arglist></member>\n);
    }
    print "  </compound>\n";
}
print qq(  <compound kind="struct"><name>$_</name><filename>$struct{$_}.html</filename>),
    qq(<anchor>c.$_</anchor></compound>\n) for sort keys %struct;
print "</tagfile>\n";
