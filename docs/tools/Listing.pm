# What pages cut out of the sources.
package Listing;
use strict;
use warnings;
use utf8;
use open qw(:utf8);
use Exporter 'import';
use Course;

our @EXPORT = qw(listing_of plain_program);

my $mark = qr{^\s*(?://|/\*)\s*\[([\w-]+)\]\s*(?:\*/)?\s*$};

# The lines between two marks, without marks inside and without the common indent, and the number
# of the first of them.
sub listing_of {
    my ($path, $name) = @_;
    my @lines = split /\n/, read_file($path);
    my @ends = grep { $lines[$_] =~ $mark && $1 eq $name } 0 .. $#lines;
    die "$path: the mark [$name] stands " . @ends . " times, not 2\n" if @ends != 2;
    my @code = grep { $_ !~ $mark } @lines[$ends[0] + 1 .. $ends[1] - 1];
    my ($indent) = sort { $a <=> $b } map { /^( *)\S/ ? length $1 : () } @code;
    die "$path: there is nothing between the marks [$name]\n" unless defined $indent;
    my @shown = map { length > $indent ? substr($_, $indent) : '' } @code;
    return (join("\n", @shown), $ends[0] + 2);
}

# A whole source without its comments and marks, and how many lines that are.
sub plain_program {
    my ($path) = @_;
    my $code = read_file($path);
    my $string = qr/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/;
    $code =~ s{($string)|/\*.*?\*/|//[^\n]*}{$1 // ''}gse;
    $code =~ s/[ \t]+$//mg;
    $code =~ s/\n{3,}/\n\n/g;
    $code =~ s/\{\n\n/{\n/g;
    $code =~ s/\A\n+|\n+\z//g;
    return ($code, 1 + ($code =~ tr/\n//));
}

1;
