# The parts of the site that are lists made from all pages: the course map, the equations, the
# exercises, the literature.
package Lists;
use strict;
use warnings;
use utf8;
use Exporter 'import';
use Course;
use Html;

our @EXPORT = qw(course_map chapter_links equation_link equation_evidence equation_list
                 test_link test_list exercise_anchor exercise_list checked_list citation
                 bibliography);

sub course_map {
    my @items;
    for my $chapter (chapters()) {
        my $after = join ' and ', map { s/^ch0*//r } @{$chapter->{builds_on}};
        my ($class, $state) = ('later', 'in preparation');
        ($class, $state) = ('ready', $after ? "builds on $after" : 'start here')
            if $chapter->{is_ready};
        my $title = $chapter->{title};
        $title = "<a href=\"$chapter->{id}.html\">$title</a>" if $chapter->{is_ready};
        push @items, "<li class=\"$class\"><b>$chapter->{number}</b><div><strong>$title</strong>"
            . "<p>$chapter->{about}.</p><small>$state</small></div></li>";
    }
    return html('<ol class="coursemap">' . join('', @items) . '</ol>');
}

# Links to the page before and the page after the one with this id; small ones above the text.
sub chapter_links {
    my ($id, $is_above) = @_;
    my @pages = ({id => 'index', title => 'The course'}, grep { $_->{is_ready} } chapters());
    my ($here) = grep { $pages[$_]{id} eq $id } 0 .. $#pages;
    $here //= 0;
    my @links = ([previous => $here - 1], [next => $here + 1]);
    my $class = $is_above ? 'chapternav above' : 'chapternav';
    return html("<nav class=\"$class\" aria-label=\"chapters\">" . join('', map {
        my ($way, $page) = ($_->[0], $pages[$_->[1]]);
        my $number = $page->{number} ? "$page->{number}. " : '';
        "<a class=\"$way\" href=\"$page->{id}.html\"><small>$way</small>$number$page->{title}</a>"
    } grep { $_->[1] >= 0 && $_->[1] < @pages } @links) . '</nav>');
}

my %pages = map { (/(\d+)_/)[0] + 0 => $_ } chapter_pages();

# A link to an equation, or its bare number where its chapter is not written yet.
sub equation_link {
    my ($number) = @_;
    my ($chapter) = $number =~ /^(\d+)/;
    return "($number)" unless defined $chapter && $pages{$chapter};
    die "$pages{$chapter} has no equation ($number)\n"
        unless grep { $_->{number} eq $number } equations($pages{$chapter});
    return '\ref eq_' . ($number =~ s/\./_/gr) . " \"($number)\"";
}

# Where an equation stands in the code, and which sentence of the tests checks it.
sub equation_evidence {
    my ($number, $code, $test) = @_;
    my $where = equation_link($number) . " · code: $code · test: " . test_link($test);
    return inside('div class="checked"', $where);
}

sub equation_list {
    my $list = '';
    for my $page (chapter_pages()) {
        my @equations = equations($page) or next;
        my ($title, $id) = read_file($page) =~ /^# (.*?) \{#(\w+)\}/m;
        $list .= "\n\n## $title {#equations_$id}\n";
        for (@equations) {
            my ($formula, $number) = ($_->{formula}, $_->{number});
            my $evidence = $_->{test} ? equation_evidence($number, $_->{code}, $_->{test})
                : inside('div class="checked"', equation_link($number));
            $list .= inside('div class="equation"', "\n\n\\f[$formula\\f]\n\n$evidence");
        }
    }
    return $list;
}

# The sentence of a test, linked to where it stands.
sub test_link {
    my ($sentence) = @_;
    my ($path, $line) = test_place($sentence);
    my $quoted = '“' . escape($sentence) . '”';
    return $quoted unless $path;
    my $link = sprintf '<a href="%s#l%05d">%s</a>', source_page($path), $line, $quoted;
    return "\\htmlonly$link\\endhtmlonly";
}

sub test_list {
    my @suites = suites();
    my $n_sentences = map { @{$_->{sentences}} } @suites;
    my $list = "\n\n" . scalar(@suites) . " suites make $n_sentences statements:\n\n";
    for my $suite (@suites) {
        my $n = @{$suite->{sentences}};
        my @links = map { test_link($_) =~ s/\\(end)?htmlonly|[“”]//gr } @{$suite->{sentences}};
        my $summary = escape($suite->{about}) . " <small>$n in $suite->{path}</small>";
        $list .= html("<details class=\"suite\"><summary>$summary</summary><ul>"
            . join('', map { "<li>$_</li>" } @links) . '</ul></details>');
    }
    return $list;
}

sub exercise_anchor {
    my ($number) = @_;
    return 'ex_' . ($number =~ s/\./_/gr);
}

# The exercises of the pages, and those that the machine checks, in one table.
sub exercise_list {
    my @rows = map {
        my $link = '\ref ' . exercise_anchor($_->{number}) . " \"$_->{number} $_->{title}\"";
        [$_->{number}, "| $link | $_->{stars} | $_->{time} | $_->{kind} |\n"]
    } map { exercises($_) } chapter_pages();
    push @rows, map { [$_->{number}, checked_row($_, 1)] } checked_exercises();
    my $key = sub { sprintf '%03d%03d', split /\./, $_[0][0] };
    return join '', "\n\n| exercise | level | time | kind |\n|:--|:--|:--|:--|\n",
        (map { $_->[1] } sort { $key->($a) cmp $key->($b) } @rows), "\n";
}

# A row of the list of all links to the section to read first; one on the page of its chapter links
# to the list.
sub checked_row {
    my ($exercise, $is_anchor) = @_;
    my $stars = '★' x $exercise->{level} . '☆' x (3 - $exercise->{level});
    my $number = $exercise->{number};
    my $name = $is_anchor ? '\anchor ' . exercise_anchor($number) . " $number $exercise->{title}"
        : '\ref ' . exercise_anchor($number) . " \"$number $exercise->{title}\"";
    my $is_written = grep { read_file($_) =~ /\{#$exercise->{section}\}/ } chapter_pages();
    $name .= ": $exercise->{teaches}" if $is_anchor;
    $name .= ' (\ref ' . "$exercise->{section} \"read\")" if $is_anchor && $is_written;
    my $kind = $is_anchor ? "$exercise->{type}, checked by ``make start N=$number``"
        : "``make start N=$number``";
    return "| $name | $stars | $exercise->{minutes} min | $kind |\n";
}

# Those of one chapter, for its page.
sub checked_list {
    my ($chapter) = @_;
    my @rows = map { checked_row($_, 0) } checked_exercises($chapter);
    return '' unless @rows;
    return join '', "\n\nThese are checked by the machine, which says what went wrong: "
        . '\ref exercises_how' . ".\n\n",
        "| exercise | level | time | command |\n|:--|:--|:--|:--|\n", @rows, "\n";
}

my %label = map { $_->{key} => cite_label($_) } literature();

sub citation {
    my ($key) = @_;
    die "docs/references.bib has no '$key'\n" unless $label{$key};
    return "\\ref cite_$key \"$label{$key}\"";
}

sub bibliography {
    my $list = '';
    for my $entry (sort { lc $label{$a->{key}} cmp lc $label{$b->{key}} } literature()) {
        my $authors = join ', ', map { s/^(.*?), (.*)$/$2 $1/r } split / and /, $entry->{author};
        my @where = grep { defined } @$entry{qw(booktitle journal publisher)};
        push @where, "volume $entry->{volume}" if $entry->{volume};
        push @where, "pages $entry->{pages}" if $entry->{pages};
        my $link = $entry->{doi} ? "https://doi.org/$entry->{doi}" : $entry->{url};
        my $title = '<cite>' . escape($entry->{title}) . '</cite>';
        $title = "<a href=\"$link\">$title</a>" if $link;
        my $where = escape(join ', ', @where, $entry->{year});
        $list .= html('<dt>') . "\\anchor cite_$entry->{key}\n$label{$entry->{key}}"
            . html("</dt><dd><p>$authors. $title. $where.</p>")
            . ($entry->{note} // '') . html('</dd>');
    }
    return inside('dl class="literature"', $list);
}

1;
