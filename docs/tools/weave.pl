#!/usr/bin/perl
# Weave a page of the course: docs/pages/writing.md says what the commands mean.
#
#   weave.pl --gen DIR [--program FILE --chapter NAME] page.md > page for Doxygen
#
# Run from the top of the tree. --gen is where outputs and figures go, --program the chapter's
# program. A name that means nothing is an error, with the line of the page.
use strict;
use warnings;
use utf8;
use open qw(:std :utf8);
use FindBin;
use lib $FindBin::Bin;
use Getopt::Long;
use Course;
use Html;
use Listing;
use Lists;
use Program;

my ($gen, $path, $chapter) = ('build/docs/gen', '', '');
GetOptions('gen=s' => \$gen, 'program=s' => \$path, 'chapter=s' => \$chapter) && @ARGV == 1
    or die "usage: weave.pl --gen DIR [--program FILE --chapter NAME] page.md\n";
my $page = $ARGV[0];
my $program = Program->new($path, $chapter ? "$gen/$chapter" : $gen);
my $text = read_file($page);
my ($id) = $text =~ /^# .*\{#(\w+)\}/m;
my $line = 1;    # of the page, for messages

# --- what no command may touch: code and formulas -----------------------------------------------

my @kept;

# Put a piece away, and leave a place for it that has as many lines as the source of it had.
sub keep {
    my ($piece, $source) = @_;
    push @kept, $piece;
    return "\x01$#kept\x02" . "\n" x (($source // '') =~ tr/\n//) . "\x03";
}

sub put_back {
    my ($string) = @_;
    1 while $string =~ s/\x01(\d+)\x02\n*\x03/$kept[$1]/g;
    return $string;
}

sub line_at {
    my ($string, $offset) = @_;
    return 1 + (substr($string, 0, $offset) =~ tr/\n//);
}

sub keep_code {
    my ($string) = @_;
    my $fence = qr/^(?<ticks>```+|~~~+)(?<language>[^\n]*)\n(?<body>.*?)^\k<ticks>[ \t]*$/ms;
    my $span = qr/(?<!`)(?<tick>`+)(?!`)(?<code>[^\n]*?)(?<!`)\k<tick>(?!`)/;
    while ($string =~ /$fence/g) {
        $line = line_at($string, $-[0]);
        my ($language, $n_lines) = ($+{language}, $+{body} =~ tr/\n//);
        die "more than two lines of C: cut them out of a source with \\listing\n"
            if $n_lines > 2 && $language =~ /^\s*\{?\.?[ch]\b/;
    }
    # Doxygen takes `it's` for a quotation; between two ticks it is code.
    return $string =~ s/($fence|$span)/keep(defined $+{code} ? "``$+{code}``" : $1, $1)/gemr;
}

sub put_numbers_in {
    my ($string) = @_;
    my $name = qr/\{\{([\w.-]+)(?::([-+ #0-9.]*[a-zA-Z]))?\}\}/;
    return $string =~ s/$name/$line = line_at($string, $-[0]); $program->result($1, $2)/ger;
}

# $…$ and $$…$$, as GitHub writes them; a tagged formula is a place that links go to.
sub keep_maths {
    my ($string) = @_;
    my $displayed = sub {
        my ($source, $formula) = @_;
        my @anchors = map { '\anchor eq_' . s/\./_/gr . "\n" } $formula =~ /\\tag\{([\d.]+)\}/g;
        return keep(join('', "\n\n", @anchors, "\\f[$formula\\f]\n\n"), $source);
    };
    my $in_line = qr/(?<![\\\$])\$(?!\$)([^\$\n]+(?:\n[^\$\n]+)?)(?<!\\)\$/;
    $string =~ s/(?<!\\)(\$\$(.+?)\$\$)/$displayed->($1, $2)/gse;
    return $string =~ s/$in_line/keep("\\f\$$1\\f\$", $1)/ger;
}

# A paragraph in *…* may hold links and code here, which Doxygen's own emphasis may not.
sub set_facts {
    my ($string) = @_;
    return $string =~ s{(?<=\n\n)\*([^*\s][^*]*)\*(?=\n\n)}{inside('div class="facts"', $1)}gre;
}

# A chapter that is not written yet can be named, but there is nothing to link to.
sub unlink_later_chapters {
    my ($string) = @_;
    my %later = map { $_->{is_ready} ? () : ($_->{id} => "chapter $_->{number}") } chapters();
    return $string =~ s/\\ref (ch\d+)\b(?: "([^"\n]*)")?/$later{$1} ? $2 \/\/ $later{$1} : $&/ger;
}

# "…" in the text becomes “…”: Doxygen leaves *stress* between straight quotation marks alone. Those
# of \ref, of HTML, and of commands whose argument is no text stay.
sub set_quotes {
    my ($string) = @_;
    my $other = qr/\\ref\s+\w+\s+"[^"]*"|<[^<>]*>
                  |\\(?:output|test|checked|listing|compare|plain)\b(?:\[[^\]]*\])?\{[^{}]*\}/x;
    return $string =~ s/($other)|"((?:[^"\n]|\n(?!\n))*)"/$1 \/\/ "“$2”"/ger;
}

# --- the commands: option in [ ], argument in { } -----------------------------------------------

sub listing {
    my ($source, $name, $role) = @_;
    my ($code, $first) = listing_of($source, $name);
    my $link = sprintf '<a href="%s#l%05d">%s</a>', source_page($source), $first, $source;
    return inside('div class="listing"',
        bar(($role // '') . $link) . keep("\@code{.c}\n$code\n\@endcode\n"));
}

sub compare {
    my ($left, $left_name, $right, $right_name) = @_;
    ($left, $right, $right_name) = ("reference/$left.c", "optimized/$left.c", $left_name)
        unless defined $right;
    return inside('div class="compare"', listing($left, $left_name, '<b>to read</b> ')
        . listing($right, $right_name, '<b>to run fast</b> '));
}

sub output {
    my ($arguments, $heading) = @_;
    my ($title, $shown) = defined $heading ? $program->part($arguments, $heading)
        : ('', $program->output($arguments));
    my ($number) = $chapter =~ /^0*(\d+)/;
    my $quoted = $arguments =~ s/'/'\\''/gr;
    $title =~ s/^\d+\. //;
    my $command = "make chapter N=$number" . ($arguments eq '' ? '' : " ARGS='$quoted'");
    $title = '<span>' . escape($title) . '</span>' if $title;
    return inside('div class="output"', bar("$title<code>" . escape($command) . '</code>')
        . keep("\@verbatim\n$shown\n\@endverbatim\n"));
}

sub figure {
    my ($name, $caption) = @_;
    my $file = $program->figure($name);
    return inside('figure', "\\htmlinclude[block] \"$file\"\n" . inside('figcaption', $caption));
}

sub plain {
    my ($source) = @_;
    my ($code, $n_lines) = plain_program($source);
    return inside('details class="plain"',
        html("<summary>$source without comments, $n_lines lines</summary>")
        . keep("\@code{.c}\n$code\n\@endcode\n"));
}

# Who measured what, then the table.
sub measurement {
    my ($machine, $table) = split /\n\n/, $_[0], 2;
    $machine =~ s/\n/<br>\n/g;
    return inside('div class="measured"', "$machine\n\n" . ($table // ''));
}

# A table of timings, if this machine has been measured.
sub measured {
    my ($name) = @_;
    return measurement(read_file("$gen/$name.md")) if -e "$gen/$name.md";
    return inside('p class="unmeasured"', 'Not measured on this machine yet: `make bench`, then '
        . '`make docs`, puts the table here.');
}

# A table that takes longer than a page may: a file of the chapter, written by a script beside it.
sub recorded {
    my ($path, $script) = arguments(shift, 2);
    return measurement(read_file($path)) if -e $path;
    return inside('p class="unmeasured"', "Not measured yet: `$script` puts the table here.");
}

sub exercise {
    my ($number, $stars, $time, $kind, $title) = arguments(shift, 5);
    die "no maths in a title: it is also the text of links\n" if $title =~ /\x01|\$/;
    return html('<section class="exercise"><div class="box-title">')
        . '\anchor ' . exercise_anchor($number) . "\n<b>Exercise $number</b> $title"
        . html("<small><span class=\"stars\">$stars</span> $time · $kind</small></div>");
}

sub box {
    my ($class, $kind, $title) = @_;
    return html("<section class=\"box $class\"><div class=\"box-title\">")
        . "<b>$kind</b> $title" . html('</div>');
}

my %command = (
    lead => sub { inside('div class="lead"', $_[0]) },
    chapternav => sub { chapter_links($id, $line < 10) },
    coursemap => \&course_map,
    equations => \&equation_list,
    exercises => \&exercise_list,
    checkedexercises => sub { checked_list($chapter =~ /^0*(\d+)/) },
    tests => \&test_list,
    bibliography => sub { weave(bibliography(), $line) },
    listing => sub { listing(arguments($_[0], 2)) },
    compare => sub { compare(arguments($_[0], 4)) },
    plain => \&plain,
    output => \&output,
    figure => sub { figure(arguments($_[0], 2)) },
    measured => \&measured,
    recorded => \&recorded,
    eq => \&equation_link,
    test => \&test_link,
    checked => sub { equation_evidence(arguments($_[0], 3)) },
    exercise => \&exercise,
    hint => sub { html('<details class="hint"><summary>Hint</summary>') },
    solution => sub { html('<details class="solution"><summary>Solution</summary>') },
    negative => sub { box('negative', 'What went wrong', @_) },
    caveat => sub { box('caveat', 'Caveat', @_) },
    insight => sub { box('insight', 'Remember', @_) },
    aside => sub { html("<details class=\"aside\"><summary>$_[0]</summary>") },
);
for my $role (qw(query key value weight context)) {
    $command{$role} = sub { "<span class=\"$role\">$_[0]</span>" };
}
$command{"end$_"} = sub { html('</details>') } for qw(hint solution aside);
$command{"end$_"} = sub { html('</section>') } for qw(exercise negative caveat insight);

# What is opened is closed, in the right order.
sub check_pairs {
    my ($string) = @_;
    my $pairs = join '|', map { /^end(.*)/ ? $1 : () } keys %command;
    my @open;
    while ($string =~ /^\\(end)?($pairs)\b/mg) {
        $line = line_at($string, $-[0]);
        if (!$1) {
            push @open, [$2, $line];
        } elsif (!@open || $open[-1][0] ne $2) {
            die "\\end$2 closes nothing\n";
        } else {
            pop @open;
        }
    }
    $line = $open[-1][1] if @open;
    die "\\$open[-1][0] is never closed\n" if @open;
}

my $needs_no_argument = qr/^(chapternav|coursemap|equations|exercises|checkedexercises|tests|bibliography
                             |hint|solution|end.*)$/x;

my $braced;
$braced = qr/\{((?:[^{}]|(??{$braced}))*)\}/;

sub weave {
    my ($string, $first_line) = @_;
    my $names = join '|', sort { length $b <=> length $a } keys %command;
    return $string =~ s{\\($names)\b(?:\[([^\]\n]*)\])?(?:$braced)?}{
        my ($name, $option, $argument) = ($1, $2, $3);
        my $here = $first_line - 1 + line_at($string, $-[0]);
        $line = $here;
        die "\\$name needs an argument in braces\n"
            unless defined $argument || $name =~ $needs_no_argument;
        $argument = weave($argument, $here) if defined $argument;
        $line = $here;
        $command{$name}->($argument, $option)
    }ger;
}

# --- weaving ------------------------------------------------------------------------------------

eval {
    $text = keep_maths(put_numbers_in(keep_code($text)));
    check_pairs($text);
    $text = set_quotes($text);
    $text =~ s/\\cite\s+([\w-]+)/$line = line_at($text, $-[0]); citation($1)/ge;
    $text = unlink_later_chapters(set_facts(weave($text, 1))) =~ s/\n{3,}/\n\n/gr;
    1;
} or die "$page:$line: $@";
print put_back($text);
