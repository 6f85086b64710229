// SPDX-License-Identifier: Apache-2.0

/// The 500 most frequent syllables of Korean text, counted over encyclopedia, news, law, comments and
/// conversation.
///
/// They are 96.6 % of all syllables there. Text decoded with the wrong charset has few.
let frequentSyllables = """
  가각간갈감값갔강갖같개객거건걸검것게겠겨격견결경계고곡골곳공과관광교구국군궁권귀규균그극근글금급기긴\
  길김까께끝나난날남났내냐너널넘네녀년념노논농높누눈뉴느는늘능니닌님다단달담당대더덕던데델도독돌동되된\
  될됩두둘뒤드득든들듯등디따때떠떤또뜻라락란람랑래랜램략량러런럼럽렇레려력련렸령례로록론료루류률르른를\
  름리릭린릴림립링마막만많말망맞매맥맹머먹먼메며면명몇모목몰못무문물므미민밀및바박밖반받발밝방배백버번\
  벌범법베벤변별병보복본볼봉부북분불브블비빈빌빠뿐사산살삼상새색생서석선설섬성세센션소속손송수숙순술슈\
  스슨슬습승시식신실심십써쓰씨아악안않알암압았앙앞애액야약양어억언얻얼엄업없엇었에엔엘여역연열염였영예\
  오온올와완왔왕왜외요용우운울움워원월웨위유육윤율으은을음응의이익인일임입잇있자작잘잡장재쟁저적전절점\
  접정제져졌조족존좀종좋좌주죽준줄중줘즈즉증지직진질집징짜째쪽차착찬찰참창찾채책처천철첫청체쳐초총최추\
  축출충취츠측층치칙친침칭카캐커컨컴케코콘쿠크큰클키킨타탄탈태택터턴테템토통퇴투트특틀티파판패퍼페편평\
  폐포폭폴표품풍프플피필하학한할함합항해핵했행향허헌험헤혀혁현협형호혹혼홍화확환활황회획효후훈흥희히힘
  """

/// Whether a UTF-16 code unit is one of the ``frequentSyllables``.
let isFrequentSyllable: [Bool] = {
  var flags = [Bool](repeating: false, count: 1 << 16)
  for scalar in frequentSyllables.unicodeScalars where scalar.value > 0x80 {
    flags[Int(scalar.value)] = true
  }
  return flags
}()
