# What the tools of the pages know about the course: its chapters, its sources, its tests, its
# literature. Everything is read from files that people write; nothing is kept here.
package Course;
use strict;
use warnings;
use utf8;
use open qw(:std :utf8);
use Exporter 'import';

our @EXPORT = qw(read_file api_headers arguments chapters chapter_pages equations exercises
                 checked_exercises source_page suites test_place literature cite_label);

# --- files -------------------------------------------------------------------------------------

sub read_file {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    return scalar <$file>;
}

# The headers of the API: those that put what they declare into a group. What a chapter's program
# shares among its own files is not meant.
sub api_headers {
    return grep { read_file($_) =~ /\@addtogroup/ } map { glob } qw(
        reference/*.h optimized/*.h optimized/*/*.h chapters/common/*/*.h);
}

# The page that Doxygen makes of a source file. It writes _ . and / in its own way, and leaves out
# the folders that all files of the same name have in common.
sub source_page {
    my ($path) = @_;
    my ($name) = $path =~ m{([^/]+)$};
    my @namesakes = grep { m{(^|/)\Q$name\E$} } map { glob } qw(
        reference/* optimized/* optimized/*/* chapters/*/* tests/* tests/support/*);
    my ($common) = $path =~ m{^(.*/)};
    $common =~ s{[^/]*/$}{} while $common && grep { index($_, $common) != 0 } @namesakes;
    substr($path, 0, length $common) = '';
    $path =~ s{_}{__}g;
    $path =~ s{\.}{_8}g;
    $path =~ s{/}{_2}g;
    return "${path}_source.html";
}

# --- the chapters ------------------------------------------------------------------------------

# docs/course.txt, one hash a chapter, in order. A chapter is ready if its page is written.
sub chapters {
    my @chapters;
    for my $line (split /\n/, read_file('docs/course.txt')) {
        next if $line =~ /^\s*(#|$)/;
        my ($id, $title, $builds_on, $about) = map { s/^\s+|\s+$//gr } split /\|/, $line;
        my ($number) = $id =~ /(\d+)$/;
        my @page = glob "chapters/${number}_*/chapter.md";
        my $head = sprintf '# Chapter %d. %s {#%s}', $number, $title, $id;
        die "$page[0] should begin with '$head', after docs/course.txt\n"
            if @page && index(read_file($page[0]), $head) != 0;
        push @chapters, {
            id => $id, number => $number + 0, title => $title, about => $about,
            builds_on => [split ' ', $builds_on], is_ready => scalar @page,
        };
    }
    return @chapters;
}

sub chapter_pages {
    return sort map { glob } 'chapters/[0-9]*/chapter.md';
}

# Arguments of a command: {a,b,c}, split into at most n, so that the last may hold commas.
sub arguments {
    my ($text, $n) = @_;
    return map { s/^\s+|\s+$//gr } split /,/, $text, $n;
}

# Every numbered equation of a page: its formula, and what its \checked line says, if it has one.
sub equations {
    my ($page) = @_;
    my $text = read_file($page);
    my %checked;
    while ($text =~ /^\\checked\{(.*)\}\s*$/mg) {
        my ($number, $code, $test) = arguments($1, 3);
        $checked{$number} = {code => $code, test => $test};
    }
    my @equations;
    for my $formula ($text =~ /\$\$(.+?)\$\$/sg) {
        for my $number ($formula =~ /\\tag\{([\d.]+)\}/g) {
            push @equations, {number => $number, formula => $formula, %{$checked{$number} // {}}};
        }
    }
    return @equations;
}

# Every exercise of a page.
sub exercises {
    my ($page) = @_;
    my @exercises;
    for (read_file($page) =~ /^\\exercise\{(.*)\}\s*$/mg) {
        my %exercise;
        @exercise{qw(number stars time kind title)} = arguments($_, 5);
        push @exercises, \%exercise;
    }
    return @exercises;
}

# Every exercise that the machine checks, of one chapter or of all, in order: what its meta says.
sub checked_exercises {
    my ($chapter) = @_;
    my @exercises;
    for my $path (glob 'exercises/[0-9]*/[0-9]*_*/meta') {
        my ($number) = $path =~ m{/(\d+\.\d+)_[^/]*/meta$} or next;
        my %meta = read_file($path) =~ /^(\w+) *= *(.*?)\s*$/mg;
        push @exercises, {%meta, number => $number};
    }
    my $order = sub { map { sprintf '%03d', $_ } split /\./, $_[0]{number} };
    @exercises = sort { join('', $order->($a)) cmp join('', $order->($b)) } @exercises;
    return grep { !defined $chapter || $_->{number} =~ /^$chapter\./ } @exercises;
}

# --- the tests ---------------------------------------------------------------------------------

# Every suite: its file, what its head comment says first, and its sentences in order.
sub suites {
    my @suites;
    for my $path (sort map { glob } 'tests/test_*.c') {
        my $text = read_file($path);
        my ($about) = $text =~ m{\A/\*+\s*(?:\@file\s+\S+)?(.*?[.:])(?=\s)}s;
        my ($table) = $text =~ /\btests\[\] = \{(.*?)^\};/ms or next;
        my @sentences = map { s/"\s*\n\s*"//gr } $table =~ /\{("(?:[^"\\]|\\.|"\s*\n\s*")*")/g;
        s/\A"|"\z//g, s/\\(.)/$1/g for @sentences;
        $about =~ s/\s*\n[\s*]*/ /g;
        $about =~ s/^\s+|[.:]$//g;
        push @suites, {path => $path, about => $about, sentences => \@sentences};
    }
    return @suites;
}

# Where a sentence stands as a string in the tests: (file, line), or nothing. A string that goes
# on in the next line counts as one.
sub test_place {
    my ($sentence) = @_;
    my $pattern = join '(?:"\s*")?', map { quotemeta } split //, $sentence =~ s/(["\\])/\\$1/gr;
    for my $path (map { glob } qw(tests/*.c tests/support/*.c)) {
        my $text = read_file($path);
        return ($path, 1 + (substr($text, 0, $-[0]) =~ tr/\n//)) if $text =~ /"$pattern"/;
    }
    return;
}

# --- the literature ----------------------------------------------------------------------------

# docs/references.bib, one hash an entry.
sub literature {
    my @entries;
    my $text = read_file('docs/references.bib');
    while ($text =~ /^@(\w+)\{([\w-]+),\n(.*?)^\}/msg) {
        my %entry = (type => $1, key => $2);
        my $fields = $3;
        while ($fields =~ /^\s*(\w+)\s*=\s*\{(.*?)\},?\s*$/msg) {
            my ($name, $value) = ($1, $2);
            $value =~ s/\s+/ /g;
            $value =~ s/[{}]//g unless $name eq 'note';
            $entry{$name} = $value;
        }
        push @entries, \%entry;
    }
    return @entries;
}

# "Vaswani et al. 2017". Names in the file are "Family, Given".
sub cite_label {
    my ($entry) = @_;
    my @families = map { (split /,/)[0] } split / and /, $entry->{author};
    my $who = @families > 2 ? "$families[0] et al." : join ' and ', @families;
    return "$who $entry->{year}";
}

1;
