#!/usr/bin/perl
# Doxygen's view of a source. The file itself, and what readers browse, stay as they are.
#
#   source.pl file > file for Doxygen
#
# The API is what the headers declare that belong to a group; the rest is shown as source only.
# * "Equation (2.7) of the course" becomes a link to the equation.
# * A function that is inline in a header is as public as the others; "static" would hide it.
# * Doxygen 1.9.4 wants a line of its own for @{, and takes ".." after a blank for a list's end.
use strict;
use warnings;
use utf8;
use open qw(:std :utf8);
use FindBin;
use lib $FindBin::Bin;
use Course;
use Lists 'equation_link';

my ($hide, $show) = ('/** @cond */', '/** @endcond */');

sub link_equations {
    my ($text) = @_;
    my %known = map { $_->{number} => 1 } map { equations($_) } chapter_pages();
    my $mention = qr/Equations?\s(?:[^.]|\.\d)*?of\sthe\scourse/s;
    my $link = sub { $_[0] =~ s/\((\d+\.\d+)\)/$known{$1} ? equation_link($1) : "($1)"/ger };
    return $text =~ s/($mention)/$link->($1)/ger;
}

sub public_header {
    my ($text) = @_;
    $text = link_equations($text);
    $text =~ s{(\@addtogroup\s+\w+)\s+\@\{}{$1\n * \@\{}g;
    $text =~ s/^static inline/inline/mg;
    return $text =~ s/(\w) \.\.(?!\.)/$1 …/gr;
}

# Only the definitions of functions that a header of the API declares are seen.
sub definitions {
    my ($text) = @_;
    my %declared = map { $_ => 1 } map { read_file($_) =~ /^\w[^(\n]*?\b(\w+)\(/mg } api_headers();
    my $definition = qr/^(?!static\b)(\w[^(;\n]*?\b(\w+)\([^;{]*\)\n\{\n.*?^\}$)/ms;
    $text =~ s/$definition/$declared{$2} ? "$show $1 $hide" : $1/ge;
    return "$hide $text\n$show\n";
}

# The file's own comment is seen, so that lists of files say what it is.
sub hidden {
    my ($text) = @_;
    return $text =~ s{\A(/\*\*.*?\*/)?(.*)\z}{($1 // '') . "$hide$2\n$show\n"}ser;
}

my $path = $ARGV[0];
my $is_api = grep { $path =~ m{(^|/)\Q$_\E$} } api_headers();
my $text = read_file($path);
print $is_api ? public_header($text) : $path =~ /\.c$/ ? definitions($text) : hidden($text);
