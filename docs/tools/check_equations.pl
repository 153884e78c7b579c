#!/usr/bin/perl
# Every numbered equation of the chapters has its code and its test.
#
#   check_equations.pl          N passed, N failed
#
# For each equation: its number is its own and follows the one before; a \checked line stands below
# it; the functions named there are declared in reference/ or optimized/; the sentence of its test
# stands in tests/. For each equation that a header names: some page has it. For each \test of a
# page: the sentence stands in tests/.
use strict;
use warnings;
use utf8;
use open qw(:std :utf8);
use FindBin;
use lib $FindBin::Bin;
use Course;

my ($n_passed, $n_failed) = (0, 0);

sub check {
    my ($is_right, $sentence) = @_;
    if ($is_right) {
        $n_passed++;
    } else {
        $n_failed++;
        print STDERR "$sentence\n";
    }
}

my @headers = map { glob } qw(reference/*.h optimized/*.h optimized/kernels/*.h);
my $sources = join "\n", map { read_file($_) } map { glob } qw(
    reference/*.[ch] optimized/*.[ch] optimized/kernels/*.[ch] chapters/[0-9]*/*.[ch]);
my %number_of;    # page by equation

for my $page (chapter_pages()) {
    my $last = 0;
    for my $equation (equations($page)) {
        my ($number, $code, $test) = @$equation{qw(number code test)};
        my ($position) = $number =~ /\.(\d+)$/;
        check(!$number_of{$number}, "$page: ($number) stands twice");
        check($position > $last, "$page: ($number) comes after one with a higher number");
        check(defined $test, "$page: ($number) has no \\checked line with code and test");
        ($number_of{$number}, $last) = ($page, $position);
        next unless defined $test;
        for my $function ($code =~ /\b(\w+)\(\)/g) {
            check($sources =~ /\b$function\(/, "$page: ($number): there is no $function()");
        }
        check($code =~ /\w\(\)/, "$page: ($number): '$code' names no function()");
        check(scalar(my @place = test_place($test)),
            "$page: ($number): no test has the sentence '$test'");
    }
}

for my $page (chapter_pages(), map { glob } 'docs/pages/*.md') {
    my $text = read_file($page) =~ s/`[^`\n]*`//gr;
    for my $sentence ($text =~ /\\test\{([^{}]*)\}/g) {
        check(scalar(my @place = test_place($sentence)),
            "$page: no test has the sentence '$sentence'");
    }
}

my %written = map { $_->{number} => $_->{is_ready} } chapters();
for my $header (@headers) {
    my @mentions = read_file($header) =~ /(Equations?\s(?:[^.]|\.\d)*?of\sthe\scourse)/g;
    for my $mention (@mentions) {
        my @numbers = $mention =~ /\((\d+\.\d+)\)/g;
        for my $number (grep { $written{int $_} } @numbers) {
            check($number_of{$number}, "$header: no page has the equation ($number)");
        }
    }
}

print "equations: $n_passed passed, $n_failed failed\n";
exit($n_failed ? 1 : 0);
