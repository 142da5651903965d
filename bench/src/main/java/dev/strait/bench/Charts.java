package dev.strait.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.HdrHistogram.Histogram;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.NumberTickUnitSource;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.jfree.svg.SVGGraphics2D;

/** Latency over percentile, and throughput over message size, on logarithmic axes, as SVG and PNG. */
final class Charts {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 600;
    private static final int PNG_SCALE = 2;
    /** How many times 0.9 an axis of percentiles goes to: 99.999. */
    private static final double RAREST = 1e5;

    private static final int POINTS_TO_A_DECADE = 12;
    private static final Color STRAIT = new Color(0xd62728);
    private static final BasicStroke DASHED =
            new BasicStroke(3.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {9, 5}, 0);
    /** Distinct for those who do not see all colours, too. */
    private static final Color[] OTHERS = {
        new Color(0x1f77b4),
        new Color(0x17becf),
        new Color(0x2ca02c),
        new Color(0x9467bd),
        new Color(0x8c564b),
        new Color(0xe377c2),
        new Color(0x7f7f7f),
        new Color(0xbcbd22),
        new Color(0xff7f0e),
        new Color(0x393b79),
        new Color(0x000000),
        new Color(0x637939),
        new Color(0x8c6d31),
        new Color(0x843c39),
        new Color(0x7b4173),
        new Color(0x3182bd)
    };

    private Charts() {}

    static void write(Path folder, Session session, List<Comparison> comparisons) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Files.createDirectories(folder);
        for (Comparison comparison : comparisons) {
            if (comparison.isDrawn() && !session.histograms(comparison).isEmpty()) {
                write(folder, comparison.label, latencies(comparison, session.histograms(comparison)));
            }
        }
        List<Comparison> throughputs = comparisons.stream()
                .filter(Comparison::isThroughput)
                .filter(comparison -> comparison.batch() == 1)
                .toList();
        if (throughputs.size() > 1) {
            write(folder, "throughput", throughput(session.results(), throughputs));
        }
    }

    /** Round trips and throughput over message size. */
    static void writeMechanisms(Path folder, List<MechanismResult> results) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Files.createDirectories(folder);
        write(
                folder,
                "mechanisms-latency",
                mechanisms(
                        "latency: a message there and back, p50",
                        logAxis("round trip", 10, Charts::time),
                        results,
                        MechanismResult.Point::roundTripP50Ns));
        write(
                folder,
                "mechanisms-throughput",
                mechanisms(
                        "throughput: messages one way, as many as possible",
                        logAxis("bytes a second", 10, Table::number),
                        results,
                        MechanismResult.Point::bytesPerSecond));
    }

    private static JFreeChart mechanisms(
            String title, ValueAxis y, List<MechanismResult> results, Function<MechanismResult.Point, Summary> what) {
        List<XYSeries> series = new ArrayList<>();
        for (MechanismResult result : results) {
            XYSeries of = new XYSeries(result.name() + (result.language().equals("C") ? " (C)" : ""));
            for (MechanismResult.Point point : result.points()) {
                if (what.apply(point) != null) {
                    of.add(point.bytes(), what.apply(point).median());
                }
            }
            series.add(of);
        }
        List<?> others = series.stream()
                .map(XYSeries::getKey)
                .filter(label -> !label.equals(Mechanism.RING) && !label.equals(Mechanism.RING_SPINNING))
                .toList();
        return chart(title, logAxis("bytes of a message", 2, Charts::bytes), y, series, true, others);
    }

    // ---- What is drawn

    /** So that each has the same colour in every chart. */
    private static List<String> subjects() {
        return Subject.OTHERS.stream().map(subject -> subject.label).toList();
    }

    private static JFreeChart latencies(Comparison comparison, Map<String, Histogram> histograms) {
        List<XYSeries> series = new ArrayList<>();
        histograms.forEach((label, histogram) -> series.add(percentiles(label, histogram)));
        return chart(
                comparison.label + ": " + comparison.meaning,
                logAxis("percentile", 10, Charts::percentile),
                logAxis("latency", 10, Charts::time),
                series,
                false,
                subjects());
    }

    /** Latency over 1 / (1 - percentile). */
    private static XYSeries percentiles(String label, Histogram histogram) {
        XYSeries series = new XYSeries(label);
        double rarest = Math.min(RAREST, (double) histogram.getTotalCount());
        for (int i = 0; ; i++) {
            double oneIn = Math.pow(10, (double) i / POINTS_TO_A_DECADE);
            if (oneIn > rarest) {
                return series;
            }
            series.add(oneIn, (double) Math.max(1, histogram.getValueAtPercentile(100 * (1 - 1 / oneIn))));
        }
    }

    private static JFreeChart throughput(List<Result> results, List<Comparison> comparisons) {
        List<XYSeries> series = new ArrayList<>();
        series.add(throughputOf(Subject.STRAIT.label, results, comparisons));
        for (Subject subject : Subject.OTHERS) {
            series.add(throughputOf(subject.label, results, comparisons));
        }
        series.removeIf(XYSeries::isEmpty);
        return chart(
                "throughput: messages a second, each committed by itself",
                logAxis("bytes of payload", 2, Charts::bytes),
                logAxis("messages a second", 10, Table::number),
                series,
                true,
                subjects());
    }

    private static XYSeries throughputOf(String label, List<Result> results, List<Comparison> comparisons) {
        XYSeries series = new XYSeries(label);
        boolean strait = label.equals(Subject.STRAIT.label);
        for (Comparison comparison : comparisons) {
            for (Result result : results) {
                Summary summary = strait ? result.strait() : result.against();
                if (result.name().equals(comparison.label)
                        && result.other().equals(strait ? Result.NOBODY : label)
                        && summary != null) {
                    double scale = comparison.kind == Kind.BANDWIDTH ? comparison.bytes : 1;
                    series.add(comparison.bytes, summary.median() / scale);
                }
            }
        }
        return series;
    }

    private static String percentile(double oneIn) {
        return new DecimalFormat("0.#####").format(100 * (1 - 1 / oneIn)) + " %";
    }

    private static String time(double ns) {
        if (ns >= 1e9) {
            return Table.number(ns / 1e9) + " s";
        }
        if (ns >= 1e6) {
            return Table.number(ns / 1e6) + " ms";
        }
        return ns >= 1e3 ? Table.number(ns / 1e3) + " µs" : Table.number(ns) + " ns";
    }

    /** A power of two, in few enough characters that the axis has room for each. */
    static String bytes(double bytes) {
        if (bytes >= 1 << 20) {
            return Math.round(bytes / (1 << 20)) + " MiB";
        }
        return bytes >= 1 << 10 ? Math.round(bytes / (1 << 10)) + " KiB" : Math.round(bytes) + " B";
    }

    // ---- How it is drawn

    /** Who stands in the order has the colour of that place; who does not is Strait, at first by a whole line. */
    private static JFreeChart chart(
            String title, ValueAxis x, ValueAxis y, List<XYSeries> series, boolean withShapes, List<?> order) {
        XYSeriesCollection data = new XYSeriesCollection();
        XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, withShapes);
        BasicStroke straits = new BasicStroke(3.5f);
        for (int i = 0; i < series.size(); i++) {
            data.addSeries(series.get(i));
            int place = order.indexOf(series.get(i).getKey());
            boolean strait = place < 0;
            renderer.setSeriesPaint(i, strait ? STRAIT : OTHERS[place % OTHERS.length]);
            renderer.setSeriesStroke(i, strait ? straits : new BasicStroke(1.5f));
            straits = strait ? DASHED : straits;
        }
        XYPlot plot = new XYPlot(data, x, y, renderer);
        plot.setBackgroundPaint(Color.WHITE);
        plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
        plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
        JFreeChart chart = new JFreeChart(title, new Font(Font.SANS_SERIF, Font.BOLD, 15), plot, true);
        chart.setBackgroundPaint(Color.WHITE);
        chart.getLegend().setPosition(RectangleEdge.RIGHT);
        return chart;
    }

    private static ValueAxis logAxis(String label, int base, DoubleFunction<String> format) {
        LogAxis axis = new LogAxis(label);
        axis.setBase(base);
        axis.setStandardTickUnits(new NumberTickUnitSource());
        axis.setTickUnit(new NumberTickUnit(1, new Labels(format)));
        axis.setNumberFormatOverride(new Labels(format));
        return axis;
    }

    private static void write(Path folder, String name, JFreeChart chart) throws IOException {
        Rectangle area = new Rectangle(WIDTH, HEIGHT);
        SVGGraphics2D svg = new SVGGraphics2D(WIDTH, HEIGHT);
        chart.draw(svg, area);
        Files.writeString(folder.resolve(name + ".svg"), svg.getSVGDocument());
        BufferedImage image = chart.createBufferedImage(PNG_SCALE * WIDTH, PNG_SCALE * HEIGHT, WIDTH, HEIGHT, null);
        ImageIO.write(image, "png", folder.resolve(name + ".png").toFile());
    }

    /** Numbers on an axis as a function writes them. */
    private static final class Labels extends NumberFormat {
        private static final long serialVersionUID = 1L;
        private final transient DoubleFunction<String> format;

        Labels(DoubleFunction<String> format) {
            this.format = format;
        }

        @Override
        public StringBuffer format(double number, StringBuffer to, FieldPosition position) {
            return to.append(format.apply(number));
        }

        @Override
        public StringBuffer format(long number, StringBuffer to, FieldPosition position) {
            return format((double) number, to, position);
        }

        @Override
        public Number parse(String source, ParsePosition position) {
            throw new UnsupportedOperationException();
        }
    }
}
