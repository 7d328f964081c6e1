/** Training curves as pictures. */
module org.portafilter.view {
  requires transitive org.portafilter;
  requires java.desktop;
  requires org.knowm.xchart;
  requires static transitive org.jspecify;

  exports org.portafilter.view;
}
